// What may stand in the log of somebody else's sentence: nothing that repeats what one of our users has written.

/** So many words in a row are no coincidence. */
const RUN = 3;

/** @returns the sentence, or that it repeats `sent`, where it does */
export function unquoted(sentence: string, sent: string): string {
  const words = sentence.split(/\s+/);
  const runs = words.slice(RUN - 1).map((_, start) => words.slice(start, start + RUN).join(' '));
  return runs.some((run) => sent.includes(run)) ? '[it repeats what was sent]' : sentence;
}
