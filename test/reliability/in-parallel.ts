// Many long pieces of work, a bounded number of them at a time.

/** @returns a promise for each piece, in their order; the pieces are begun in that order, too */
export function inParallel<T>(hands: number, work: (() => Promise<T>)[]): Promise<T>[] {
  const pieces = work.map((run) => ({ run, ...Promise.withResolvers<T>() }));
  const left = [...pieces];
  const hand = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { run, resolve, reject, promise } = next;
      run().then(resolve, reject);
      await promise.catch(() => {});
    }
  };
  for (let count = 0; count < hands; count++) void hand();
  return pieces.map(({ promise }) => promise);
}
