// Which drafts belong to which form, in this browser: the service knows whose they are, but not where on which page they were begun.

/**
 * Such as `post:5`; `game:2:reply` for a post that is not saved yet, where the last part tells the forms of a page apart; or
 * `like:7` for another picture like that one.
 */
export type Place = `post:${number}` | `game:${number}:${string}` | `like:${number}`;

interface Kept {
  /** On their way, or looked at and not decided on: the id of each draft, and what was asked for. */
  begun: Record<string, object>;
  /** Ids of those to be attached when the post is saved. */
  chosen: string[];
}

const EMPTY: Kept = { begun: {}, chosen: [] };
const storeOf = (place: Place) => `forum-images.place.${place}`;

export function keptAt(place: Place): Kept {
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(storeOf(place)) ?? '{}') as Partial<Kept>) };
  } catch {
    return EMPTY; // private windows may have no storage: after a reload the drafts are found in the list of unused ones
  }
}

export function begin(place: Place, id: string, request: object): void {
  const { begun, chosen } = keptAt(place);
  keep(place, { begun: { ...begun, [id]: request }, chosen });
}

export function choose(place: Place, id: string): void {
  const { begun, chosen } = without(id, keptAt(place));
  keep(place, { begun, chosen: [...chosen, id] });
}

/** It is in a post now, or not wanted. */
export function drop(place: Place, id: string): void {
  keep(place, without(id, keptAt(place)));
}

/** What failed, or is in a post, or was deleted, is not kept for ever. */
export function keepOnly(place: Place, ids: readonly string[]): void {
  const { begun, chosen } = keptAt(place);
  const isThere = (id: string) => ids.includes(id);
  const still = Object.entries(begun).filter(([id]) => isThere(id));
  keep(place, { begun: Object.fromEntries(still), chosen: chosen.filter(isThere) });
}

function without(id: string, { begun, chosen }: Kept): Kept {
  const { [id]: _, ...others } = begun;
  return { begun: others, chosen: chosen.filter((other) => other !== id) };
}

function keep(place: Place, kept: Kept): void {
  const isEmpty = Object.keys(kept.begun).length + kept.chosen.length === 0;
  try {
    if (isEmpty) localStorage.removeItem(storeOf(place));
    else localStorage.setItem(storeOf(place), JSON.stringify(kept));
  } catch {
    return; // as above
  }
}
