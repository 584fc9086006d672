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
/** What the browser would not store, because it is full or may not: kept as long as the page. */
const unstored = new Map<Place, Kept>();

export function keptAt(place: Place): Kept {
  const kept = unstored.get(place);
  if (kept) return kept;
  try {
    return { ...EMPTY, ...(JSON.parse(localStorage.getItem(storeOf(place)) ?? '{}') as Partial<Kept>) };
  } catch {
    return EMPTY;
  }
}

export function idsAt(place: Place): string[] {
  const { begun, chosen } = keptAt(place);
  return [...Object.keys(begun), ...chosen];
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

/** What was chosen for a post that was not saved yet belongs to the saved one from now on. */
export function hand(from: Place, to: Place): void {
  for (const id of keptAt(from).chosen) {
    drop(from, id);
    choose(to, id);
  }
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
    unstored.delete(place);
  } catch {
    unstored.set(place, kept);
  }
}
