// Shows finished pictures: the marked thumbnail that keeps its place while loading, and the bigger view behind it.
import { api, generate } from './api.js';
import { busy, el, messageLine, openDialog } from './dom.js';
import { openPictureDialog } from './picture-dialog.js';

/** `onChange` is called when the picture has been deleted or a new version of it attached. */
export function pictureFigure(image, context, onChange) {
  if (image.takedown) return removedFigure(image);
  const thumbnail = el('img', {
    src: image.thumbnail_url || image.image_url,
    width: image.width ?? 512,
    height: image.height ?? 512,
    alt: image.alt_text ?? image.prompt ?? '',
    loading: 'lazy',
    decoding: 'async',
  });
  const open = () => openViewer(image, context, onChange);
  return el(
    'figure',
    { className: `picture ${shapeClass(image)}` },
    el(
      'button',
      { type: 'button', className: 'picture-open', 'aria-label': `Avaa kuva: ${thumbnail.alt}`, onclick: open },
      thumbnail,
    ),
    aiBadge(),
  );
}

/** In the place of a picture that was taken down, for those who may know why. */
export function removedFigure({ takedown }) {
  return el('figure', {}, el('p', { className: 'quiet' }, `Valvojat ovat poistaneet tämän kuvan: ${takedown.reason}`));
}

export function aiBadge() {
  return el('span', { className: 'ai', title: 'Tekoälyn luoma kuva' }, 'AI');
}

function shapeClass({ width, height }) {
  if (!width || !height || width === height) return 'square';
  return width > height ? 'wide' : 'tall';
}

function openViewer(image, context, onChange) {
  const message = messageLine();
  const dialog = openDialog(
    'viewer',
    'Kuva',
    el('img', {
      src: image.image_url,
      width: image.width ?? 512,
      height: image.height ?? 512,
      alt: image.alt_text ?? '',
    }),
    el(
      'div',
      { className: 'viewer-text' },
      el('p', {}, image.prompt || image.alt_text || ''),
      el('p', { className: 'quiet' }, aiBadge(), ' Tekoälyn luoma kuva'),
      // The service gives the recipe only to the maker, game masters and admins: the same people who may change it.
      image.generation_params ? viewerButtons(image, context, onChange, message, () => dialog.close()) : null,
      message.line,
    ),
  );
}

function viewerButtons(image, context, onChange, message, close) {
  const again = el('button', { type: 'button' }, 'Tee uusi versio');
  const remove = el('button', { type: 'button', className: 'danger' }, 'Poista kuva');
  again.onclick = () =>
    busy(again, message, async () => {
      const take = await generate(`/post-images/${image.id}/regenerate`, { seed: 'new' });
      close();
      openPictureDialog({ ...context, take, onAttach: (made) => attach(image.post_id, made, onChange) });
    });
  remove.onclick = () =>
    busy(remove, message, async () => {
      if (!confirm('Poistetaanko kuva lopullisesti?')) return;
      await api(`/post-images/${image.id}`, { method: 'DELETE' });
      close();
      onChange?.();
    });
  return el('p', { className: 'row' }, again, remove);
}

/** Ties a finished draft to a saved post. */
export async function attach(postId, generation, onChange) {
  await api(`/posts/${postId}/images`, { method: 'POST', body: { generation_id: generation.id } });
  onChange?.();
}

/** Pictures of many posts with as few requests as the service allows. */
export async function picturesOf(postIds) {
  const found = {};
  for (let at = 0; at < postIds.length; at += 100) {
    Object.assign(found, await api(`/post-images?post_ids=${postIds.slice(at, at + 100).join(',')}`));
  }
  return found;
}
