// Posts hold the HTML of the forum's editor, and so may a text that is not a post yet: what a reader sees of it, as plain text.

/** No reader gets this far, and no picture needs it. */
const MAX_HTML = 40_000;

/** Their contents are no text. */
const UNSEEN = /<(script|style|template|noscript|svg|iframe|object|textarea|select)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const BREAK =
  /<(?:br|\/?(?:p|div|li|ul|ol|h[1-6]|blockquote|tr|table|section|article|hr|pre))\b(?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;
/** A letter right behind it: "a < b" is no tag. One that is never closed is none either. */
const TAG = /<[!/?]?[a-z](?:"[^"]*"|'[^']*'|[^'"<>])*>/gi;

/** Those that editors write; others stay as they are. */
const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  auml: 'ä',
  ouml: 'ö',
  aring: 'å',
  Auml: 'Ä',
  Ouml: 'Ö',
  Aring: 'Å',
  eacute: 'é',
  uuml: 'ü',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
};

export function plainText(html: string): string {
  const seen = html.slice(0, MAX_HTML).replace(COMMENT, ' ').replace(UNSEEN, ' ');
  const text = seen.replace(BREAK, '\n').replace(TAG, '');
  // Only now: what was written as &lt;b&gt; is text, and stays it.
  return tidy(text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,8});/gi, decode));
}

/** At most so long, and cut between words. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const start = text.slice(0, max);
  const whole = /\s/.test(text[max] ?? '') ? start : start.replace(/\s\S*$/, '');
  return (whole || start)
    .toWellFormed()
    .replace(/\uFFFD$/, '')
    .trim();
}

/** No control signs, none that turn the direction or cannot be seen, no half characters; one space for many. */
export function tidy(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]|[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd]/gu, '');
  return clean
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .trim();
}

function decode(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name] ?? entity;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
