// The gallery of one game: every picture in the order of the story, a page at a time.
import { api } from './api.js';
import { el, messageLine } from './dom.js';
import { pictureFigure } from './pictures.js';

export async function galleryPage(context) {
  const { game } = context;
  const grid = el('div', { className: 'gallery' });
  const more = el('button', { type: 'button', className: 'wide-button' }, 'Näytä lisää');
  const empty = el('p', { className: 'empty' }, 'Pelissä ei ole vielä kuvia. Lisää ensimmäinen omaan viestiisi!');
  const order = el(
    'select',
    {},
    el('option', { value: 'story' }, 'Tarinan järjestyksessä'),
    el('option', { value: 'newest' }, 'Uusimmat ensin'),
  );
  const message = messageLine();

  async function load(cursor) {
    const query = new URLSearchParams({ limit: '24', order: order.value });
    if (cursor) query.set('cursor', cursor);
    const { items, next_cursor: next } = await api(`/games/${game.id}/images?${query}`);
    if (!cursor) grid.replaceChildren();
    grid.append(...items.map((image) => pictureFigure(image, context, () => start())));
    empty.hidden = grid.childElementCount > 0;
    more.hidden = !next;
    more.onclick = () => load(next).catch(message.show);
  }
  const start = () => load().catch(message.show);
  order.onchange = start;
  await load();
  const head = el(
    'div',
    { className: 'row between' },
    el('h2', {}, 'Galleria'),
    el('label', { className: 'inline' }, 'Järjestys ', order),
  );
  return [el('section', {}, head, message.line, empty, grid, more)];
}
