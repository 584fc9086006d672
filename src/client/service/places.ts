// Which drafts belong to which form, in this browser: the service knows whose they are, but not where on which page they were begun.

/** Such as `post:5`, or `game:2:reply` for a post that is not saved yet: the last part tells the forms of a page apart. */
export type Place = `post:${number}` | `game:${number}:${string}`;

interface Kept {
  /** On their way, or looked at and not decided on. */
  begun: string[];
  /** To be attached when the post is saved. */
  chosen: string[];
}

const EMPTY: Kept = { begun: [], chosen: [] };
const storeOf = (place: Place) => `forum-images.place.${place}`;

export function keptAt(place: Place): Kept {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(storeOf(place)) ?? '{}') as Partial<Kept>) };
  } catch {
    return EMPTY; // private windows may have no storage: after a reload the drafts are found in the list of unused ones
  }
}

export function keepAt(place: Place, kept: Kept): void {
  try {
    if (kept.begun.length + kept.chosen.length === 0) localStorage.removeItem(storeOf(place));
    else localStorage.setItem(storeOf(place), JSON.stringify(kept));
  } catch {
    return; // as above
  }
}
