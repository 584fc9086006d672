// The story of a game: its chapters, their beats with all posts and pictures, and the form for the next post.
import { loadPostImages } from '/api/image-client/forum-images.js';
import { api } from './api.js';
import { avatar, busy, el, messageLine, paragraphs, timeOf } from './dom.js';

export async function storyPage(context, chapterId) {
  const { game } = context;
  const chapters = await api(`/games/${game.id}/chapters`);
  const chapter = chapters.find(({ id }) => id === Number(chapterId)) ?? chapters[0];
  if (!chapter) return [el('p', { className: 'empty' }, 'Tarina ei ole vielä alkanut.')];
  const beats = await api(`/chapters/${chapter.id}/beats`);
  const posts = await Promise.all(beats.map(({ id }) => api(`/beats/${id}/posts`)));
  // The story is worth reading even when its pictures cannot be had.
  await loadPostImages(posts.flat().map(({ id }) => id)).catch(() => {});
  const sections = beats.map((beat, index) => beatSection(beat, posts[index], context));
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

function beatSection(beat, posts, context) {
  const list = el('div', { className: 'posts' });
  const add = (post) => list.append(postArticle(post, context));
  posts.forEach(add);
  const head = [el('h3', {}, beat.title), el('p', { className: 'lead' }, beat.content ?? '')];
  return el('section', { className: 'beat', id: `beat-${beat.id}` }, head, list, composer(beat, context, add));
}

function postArticle(post, context) {
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
  // Own posts, and all of them for those who lead the game; the service has the last word.
  const mayAdd = post.author_id === context.user.id || context.user.leads;
  const pictures = el('post-images', { 'post-ids': `${post.id}` });
  const add = mayAdd ? el('add-image', { 'post-id': `${post.id}` }) : null;
  return el('article', { className: `post ${post.post_type}` }, head, title, text, pictures, add);
}

/** The form for a new post; its pictures are drafts until the post has been saved. */
function composer(beat, { game }, onSaved) {
  const title = el('input', { maxLength: 200, placeholder: 'Otsikko (ei pakollinen)', 'aria-label': 'Otsikko' });
  const placeholder = 'Mitä tapahtuu seuraavaksi?';
  const id = `reply-${beat.id}`;
  const content = el('textarea', {
    id,
    rows: 6,
    required: true,
    maxLength: 20000,
    placeholder,
    'aria-label': 'Viesti',
  });
  const addImage = el('add-image', { id: `image-${beat.id}`, 'game-id': `${game.id}`, 'text-from': `#${id}` });
  const message = messageLine();
  const send = el('button', { className: 'primary' }, 'Lähetä');

  const save = async () => {
    const body = { content: content.value, ...(title.value.trim() && { title: title.value }) };
    const post = await api(`/beats/${beat.id}/posts`, { method: 'POST', body });
    onSaved(post);
    form.reset();
    // What could not be attached is told there, with a button to try again.
    if (await addImage.attachTo(post.id)) details.open = false;
  };
  const onsubmit = (event) => {
    event.preventDefault();
    busy(send, message, save);
  };
  const form = el('form', { className: 'stack', onsubmit }, title, content, addImage, message.line, send);
  const details = el('details', { className: 'composer' }, el('summary', {}, 'Kirjoita tähän kohtaukseen'), form);
  return details;
}
