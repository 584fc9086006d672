// Keeps the number of pictures worked on at once small: more than two only costs memory (measured: no faster on two cores).

/** Runs at most `places` tasks at a time; the rest wait in the order they came. A failed task frees its place like any other. */
export function createLimit(places: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;

  function enter(): Promise<void> {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  }

  // The place is handed straight to the next in line, so nobody who comes later can slip in between.
  function leave(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }

  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
