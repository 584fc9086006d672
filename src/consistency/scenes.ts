// The scenes that strategies are compared on: a list of our own, or a file with one scene in each line.

/** Light, place and pose differ from one to the next: what stays the same in all of them is the character. */
export const DEFAULT_SCENES = [
  'standing on a pier at night with a lantern, northern lights above',
  'sitting in a warm tavern by the fire, smiling',
  'walking through a green forest at dawn',
  'running through a crowded city street in the rain',
];

/** Each scene is made once for every strategy, and each picture costs. */
export const MOST_SCENES = 24;

/** Empty lines and those that begin with # are passed over. */
export function scenesIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
