// The story of a game: its chapters, their beats with all posts and pictures, and the form for the next post.
import { api } from './api.js';
import { avatar, busy, el, messageLine, paragraphs, timeOf } from './dom.js';
import { openPictureDialog } from './picture-dialog.js';
import { aiBadge, attach, pictureFigure, picturesOf } from './pictures.js';

export async function storyPage(context, chapterId) {
  const { game } = context;
  const chapters = await api(`/games/${game.id}/chapters`);
  const chapter = chapters.find(({ id }) => id === Number(chapterId)) ?? chapters[0];
  if (!chapter) return [el('p', { className: 'empty' }, 'Tarina ei ole vielä alkanut.')];
  const beats = await api(`/chapters/${chapter.id}/beats`);
  const posts = await Promise.all(beats.map(({ id }) => api(`/beats/${id}/posts`)));
  // The story is worth reading even when its pictures cannot be had.
  const pictures = await picturesOf(posts.flat().map(({ id }) => id)).catch(() => ({}));
  const sections = beats.map((beat, index) => beatSection(beat, posts[index], pictures, context));
  const story = el(
    'article',
    { className: 'story' },
    el('header', {}, el('h2', {}, chapter.title), el('p', { className: 'lead' }, chapter.description ?? '')),
    sections,
  );
  return [el('div', { className: 'thread' }, contents(game, chapters, chapter, beats), story)];
}

function contents(game, chapters, current, beats) {
  const rows = chapters.map((chapter) => {
    const here = chapter === current ? 'page' : undefined;
    const link = el('a', { href: `#/games/${game.id}/chapters/${chapter.id}`, 'aria-current': here }, chapter.title);
    return el('li', {}, link, here ? el('ol', {}, beats.map(beatLink)) : null);
  });
  return el('nav', { className: 'contents', 'aria-label': 'Luvut' }, el('ol', {}, rows));
}

function beatLink(beat) {
  const onclick = () => document.getElementById(`beat-${beat.id}`).scrollIntoView({ behavior: 'smooth' });
  return el('li', {}, el('button', { type: 'button', className: 'plain', onclick }, beat.title));
}

function beatSection(beat, posts, pictures, context) {
  const list = el('div', { className: 'posts' });
  const add = (post, images) => list.append(postArticle(post, images, context));
  for (const post of posts) add(post, pictures[post.id] ?? []);
  const head = [el('h3', {}, beat.title), el('p', { className: 'lead' }, beat.content ?? '')];
  return el('section', { className: 'beat', id: `beat-${beat.id}` }, head, list, composer(beat, context, add));
}

function postArticle(post, images, context) {
  const gallery = el('div', { className: 'pictures' });
  const showPictures = (list) =>
    gallery.replaceChildren(...list.map((image) => pictureFigure(image, context, refresh)));
  const refresh = async () => showPictures(await api(`/posts/${post.id}/images`));
  showPictures(images);
  const roles = { gm: 'Pelinjohtaja', op: 'Pelin ulkopuolelta' };
  const head = el(
    'header',
    {},
    avatar(post.author_id, post.author_name),
    el('b', {}, post.author_name ?? 'Poistettu käyttäjä'),
    roles[post.post_type] ? el('span', { className: 'tag' }, roles[post.post_type]) : null,
    timeOf(post.created_at),
  );
  const title = post.title ? el('h4', {}, post.title) : null;
  const text = el('div', { className: 'text' }, paragraphs(post.content));
  return el(
    'article',
    { className: `post ${post.post_type}` },
    head,
    title,
    text,
    gallery,
    pictureButton(post, context, refresh),
  );
}

/** Own posts, and all of them for those who lead the game; the service has the last word. */
function pictureButton(post, context, refresh) {
  if (post.author_id !== context.user.id && !context.user.leads) return null;
  const onAttach = (generation) => attach(post.id, generation, refresh);
  const onclick = () => openPictureDialog({ ...context, onAttach });
  return el(
    'p',
    { className: 'post-tools' },
    el('button', { type: 'button', className: 'add-picture', onclick }, 'Lisää tekoälykuva'),
  );
}

/** The form for a new post; its pictures are drafts until the post has been saved. */
function composer(beat, context, onSaved) {
  let drafts = [];
  const title = el('input', { maxLength: 200, placeholder: 'Otsikko (ei pakollinen)', 'aria-label': 'Otsikko' });
  const placeholder = 'Mitä tapahtuu seuraavaksi?';
  const content = el('textarea', { rows: 6, required: true, maxLength: 20000, placeholder, 'aria-label': 'Viesti' });
  const strip = el('div', { className: 'drafts' });
  const message = messageLine();
  const send = el('button', { className: 'primary' }, 'Lähetä');
  const setDrafts = (next) => {
    drafts = next;
    const without = (draft) => () => setDrafts(drafts.filter((other) => other !== draft));
    strip.replaceChildren(...drafts.map((draft) => draftThumb(draft, without(draft))));
  };
  const onAttach = (generation) => setDrafts([...drafts.filter(({ id }) => id !== generation.id), generation]);
  const onclick = () => openPictureDialog({ ...context, onAttach });
  const picture = el('button', { type: 'button', className: 'add-picture', onclick }, 'Lisää tekoälykuva');

  const save = async () => {
    const body = { content: content.value, ...(title.value.trim() && { title: title.value }) };
    const post = await api(`/beats/${beat.id}/posts`, { method: 'POST', body });
    const { images, error } = await attachAll(post, drafts);
    onSaved(post, images);
    form.reset();
    setDrafts([]);
    if (error) throw new Error(`Viesti tallentui, mutta kuva jäi luonnoksiin: ${error.message}`);
    details.open = false;
  };
  const onsubmit = (event) => {
    event.preventDefault();
    busy(send, message, save);
  };
  const tools = el('div', { className: 'row between' }, picture, send);
  const form = el('form', { className: 'stack', onsubmit }, title, content, strip, message.line, tools);
  const details = el('details', { className: 'composer' }, el('summary', {}, 'Kirjoita tähän kohtaukseen'), form);
  return details;
}

/** The post is saved by now, so one refused picture must not hold back the others. */
async function attachAll(post, drafts) {
  let error;
  for (const draft of drafts) {
    await attach(post.id, draft).catch((refusal) => {
      error = refusal;
    });
  }
  const images = drafts.length > 0 ? await api(`/posts/${post.id}/images`).catch(() => []) : [];
  return { images, error };
}

function draftThumb(draft, onRemove) {
  const label = 'Jätä kuva pois viestistä';
  return el(
    'figure',
    { className: 'draft' },
    el('img', { src: draft.thumbnail_url || draft.image_url, alt: 'Viestiin liitettävä kuva' }),
    aiBadge(),
    el('button', { type: 'button', className: 'close', title: label, 'aria-label': label, onclick: onRemove }, '✕'),
  );
}
