// The dialog behind "Lisää tekoälykuva": ask, follow the progress, look, try again, and choose one of the takes.
import { api, generate, isFinal, itemsOf, statusText, watch } from './api.js';
import { busy, el, messageLine, openDialog } from './dom.js';
import { pictureForm } from './picture-form.js';

/**
 * Every try is a draft of the game, so none is lost: drafts that were never attached are offered again.
 * @param context the page's user and game, `onAttach(generation)`, and perhaps a `take` that is already being made
 */
export async function openPictureDialog(context) {
  const { game, onAttach, take } = context;
  const leave = new AbortController();
  const message = messageLine();
  const attachButton = el('button', { type: 'button', className: 'primary' }, 'Liitä viestiin');
  const stage = createStage(attachButton, message, leave.signal);
  const submit = el('button', { className: 'primary' }, 'Luo kuva');
  const credits = el('span', { className: 'quiet' });
  const body = el('div', { className: 'dialog-body' }, el('p', { className: 'quiet' }, 'Ladataan…'));
  const dialog = openDialog('picture-dialog', 'Lisää tekoälykuva', el('h2', {}, 'Lisää tekoälykuva'), body);
  dialog.addEventListener('close', () => leave.abort());

  const showCredits = async () => {
    const { available, prices } = await api('/image-credits');
    credits.textContent = `Hinta ${prices.draft} · jäljellä ${available} krediittiä`;
  };
  const onSubmit = () =>
    busy(submit, message, async () => {
      stage.add(await generate(`/games/${game.id}/images`, ask.read()), true);
      submit.textContent = 'Luo uusi versio';
      showCredits().catch(() => {});
    });
  attachButton.onclick = () =>
    busy(attachButton, message, async () => {
      await onAttach(stage.chosen());
      dialog.close();
    });
  let ask;
  try {
    ask = await pictureForm(context, onSubmit);
  } catch (error) {
    body.replaceChildren(el('p', { className: 'message' }, error.message));
    return;
  }
  const left = el('div', {}, ask.form);
  ask.form.append(el('p', { className: 'row between submit' }, credits, submit));
  body.replaceChildren(left, el('div', { className: 'stage' }, stage.nodes, message.line, attachButton));
  if (take) stage.add(take, true);
  showCredits().catch(() => {});
  const earlier = await unattached(game).catch(() => []);
  for (const generation of earlier) if (generation.id !== take?.id) stage.add(generation, !isFinal(generation));
}

async function unattached(game) {
  const mine = itemsOf(await api('/generations?limit=30'));
  const waiting = mine.filter(
    ({ kind, game_id: id, post_image_id: attached }) => kind === 'draft' && id === game.id && !attached,
  );
  return waiting.filter(({ status }) => status !== 'failed' && status !== 'canceled').slice(0, 8);
}

/** The big view of the chosen take above a strip of all takes. */
function createStage(attachButton, message, signal) {
  const takes = new Map();
  let chosen = null;
  const view = el('div', { className: 'view', 'aria-live': 'polite' });
  const strip = el('div', { className: 'takes' });
  attachButton.hidden = true;
  view.append(el('p', { className: 'quiet' }, 'Kuva ilmestyy tähän. Voit sulkea ikkunan: luonnokset säilyvät.'));

  const show = () => {
    const take = takes.get(chosen);
    attachButton.hidden = take?.status !== 'succeeded';
    view.replaceChildren(takeView(take, message));
    for (const button of strip.children) button.ariaPressed = String(button.value === chosen);
  };
  const changed = (generation, thumb) => {
    takes.set(generation.id, generation);
    thumb.classList.toggle('working', !isFinal(generation));
    const src = generation.thumbnail_url || generation.image_url;
    if (src) thumb.replaceChildren(el('img', { src, alt: '' }));
    else if (isFinal(generation)) thumb.textContent = '–';
    if (generation.id === chosen) show();
  };
  const add = (generation, select) => {
    const onclick = () => choose(generation.id);
    const thumb = el('button', {
      type: 'button',
      className: 'take',
      value: generation.id,
      'aria-label': 'Näytä tämä luonnos',
      onclick,
    });
    if (select) strip.prepend(thumb);
    else strip.append(thumb);
    changed(generation, thumb);
    if (select) {
      choose(generation.id);
      view.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    }
    watch(generation, (now) => changed(now, thumb), signal);
  };
  const choose = (id) => {
    chosen = id;
    show();
  };
  return { nodes: [view, strip], add, chosen: () => takes.get(chosen) };
}

function takeView(take, message) {
  if (take.status === 'succeeded') return el('img', { src: take.image_url, alt: 'Valittu luonnos' });
  if (isFinal(take)) return el('p', { className: 'message' }, statusText(take));
  return progressBox(take, message);
}

/** The bar and the way out of a generation that is under way. */
export function progressBox(generation, message) {
  const cancel = el('button', { type: 'button', className: 'plain' }, 'Peru');
  cancel.onclick = () => busy(cancel, message, () => api(`/generations/${generation.id}`, { method: 'DELETE' }));
  const text = statusText(generation);
  const bar = el('progress', { max: 1, value: Math.max(0.03, generation.progress ?? 0), 'aria-label': text });
  return el('div', { className: 'progress' }, el('span', {}, text), bar, cancel);
}
