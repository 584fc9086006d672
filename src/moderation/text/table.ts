// How the tables of words are written, and made into patterns over readings.

const GAP = '(?: (?:, )?)';

/**
 * One alternative between two spaces: `*` is any ending, `_` the space between two words, also over a comma, `~` a space or
 * nothing, `{name}` one of `parts`, which are plain regular expressions; and so is everything else.
 */
export function pattern(table: string, parts: Record<string, string> = {}): string {
  const alternatives = table.trim().split(/\s+/).join('|');
  return alternatives
    .replace(/(?<!\\w)\*/g, '\\w*')
    .replaceAll('_', GAP)
    .replaceAll('~', ' ?')
    .replace(/\{([a-z]+)\}/g, (_, name: string) => `(?:${parts[name]})`);
}

export function wholeWords(table: string, parts: Record<string, string> = {}): RegExp {
  return new RegExp(`\\b(?:${pattern(table, parts)})\\b`);
}

/** Both, in either order, with at most so many words between them and no comma. */
export function near(one: string, other: string, between: number): string {
  const gap = `\\b (?:\\w+ ){0,${between}}`;
  return `(?:${one})${gap}(?:${other})|(?:${other})${gap}(?:${one})`;
}

/** Where it cannot be told whether an i or an l is meant: every l is an i. */
export function blur(text: string): string {
  return text.replaceAll('l', 'i');
}

/** For texts that blur() has changed: it changes no sign that is of the language of patterns. */
export function blurredPattern(pattern: RegExp): RegExp {
  return new RegExp(blur(pattern.source));
}

/** For letters without gaps: words begin and end anywhere in them, and none may be as long as it likes, or time would not be linear. */
export function loosePattern(pattern: RegExp): RegExp {
  const source = pattern.source.replaceAll('\\b', '').replaceAll(GAP, ' ?');
  return new RegExp(source.replaceAll('\\w*', '\\w{0,9}').replaceAll('\\w+', '\\w{1,9}'));
}
