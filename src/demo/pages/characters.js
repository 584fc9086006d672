// The characters of a game: "Luo hahmo", reference pictures, looks.
import '/api/image-client/forum-images.js';
import { el } from './dom.js';

export async function charactersPage({ game }) {
  return [el('section', {}, el('h2', {}, 'Hahmot'), el('character-studio', { 'game-id': `${game.id}` }))];
}
