// What somebody wishes for in the form, kept in one shape, and the request that it makes.
import type { AspectRatio, Mode, PictureRequest } from '../../contract.ts';

/** As many characters as a picture may have. */
export const MAX_CAST = 4;

export interface Wish {
  mode: Mode;
  character_ids: number[];
  look: string;
  scene: string;
  aspect_ratio: AspectRatio;
  style: string;
  negative_prompt: string;
  /** Null for one of its own. */
  seed: number | null;
  /** Of the picture that is to be changed; null for a first one. */
  earlier_seed: number | null;
}

export const FIRST_WISH: Wish = {
  mode: 'scene_with_character',
  character_ids: [],
  look: '',
  scene: '',
  aspect_ratio: '3:2',
  style: '',
  negative_prompt: '',
  seed: null,
  earlier_seed: null,
};

/** What was asked for before, to be changed; with another seed, unless that is chosen. */
export function wishOf(request: PictureRequest): Wish {
  return { ...FIRST_WISH, ...request, seed: null };
}

/** The same words once more: with its own seed a character might give the very same picture. */
export function withNewSeed(request: PictureRequest): PictureRequest {
  return { ...request, seed: crypto.getRandomValues(new Uint32Array(1))[0] };
}

/** A portrait has one character and stands; a scene lies. A shape that was chosen by hand stays. */
export function withMode(wish: Wish, mode: Mode): Wish {
  const usual = (of: Mode): AspectRatio => (of === 'character' ? '2:3' : '3:2');
  const aspect_ratio = wish.aspect_ratio === usual(wish.mode) ? usual(mode) : wish.aspect_ratio;
  const character_ids = mode === 'character' ? wish.character_ids.slice(0, 1) : wish.character_ids;
  return { ...wish, mode, aspect_ratio, character_ids };
}

/** Looks belong to the first character: with another one first, the chosen one means nothing. */
export function withCharacter(wish: Wish, id: number, isChosen: boolean): Wish {
  const others = wish.character_ids.filter((other) => other !== id);
  const kept = wish.mode === 'character' ? [] : others.slice(0, MAX_CAST - 1);
  const character_ids = isChosen ? [...kept, id] : others;
  return { ...wish, character_ids, look: character_ids[0] === wish.character_ids[0] ? wish.look : '' };
}

/** Of those only who may be used still; without anybody it is a scene. */
export function withCast(wish: Wish, usable: readonly { id: number }[]): Wish {
  const character_ids = wish.character_ids.filter((id) => usable.some((one) => one.id === id));
  return usable.length === 0 ? withMode({ ...wish, character_ids }, 'scene') : { ...wish, character_ids };
}

export function isWhole({ mode, scene, character_ids }: Wish): boolean {
  if (mode === 'scene') return scene.trim() !== '';
  return character_ids.length > 0;
}

/** Nothing that was left empty is in it. */
export function requestOf(wish: Wish): PictureRequest {
  const { mode, character_ids, look, scene, aspect_ratio, style, negative_prompt, seed } = wish;
  const isPeopled = mode !== 'scene';
  return {
    mode,
    aspect_ratio,
    ...(isPeopled && { character_ids }),
    ...(isPeopled && look && { look }),
    ...(scene.trim() && { scene: scene.trim() }),
    ...(style && { style }),
    ...(negative_prompt.trim() && { negative_prompt: negative_prompt.trim() }),
    ...(seed !== null && { seed }),
  };
}
