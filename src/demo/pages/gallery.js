// The gallery of one game, and what the user made and can spend.
import '/api/image-client/forum-images.js';
import { el } from './dom.js';

export async function galleryPage({ game }) {
  return [el('section', {}, el('h2', {}, 'Galleria'), el('image-gallery', { 'game-id': `${game.id}` }))];
}

export async function minePage() {
  return [el('h1', {}, 'Omat kuvat'), el('image-credits'), el('hide-pictures'), el('my-generations')];
}
