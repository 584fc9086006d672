// Letters drawn as strokes, so that a machine without a single font shows the same picture, and a prompt can never become SVG.
import { round } from './pen.ts';

/** Strokes in a box 6 high (y grows downwards; dots and rings of Å Ä Ö stand above 0), and the letter's width. */
type Glyph = readonly [width: number, strokes: string];

const A = 'M0 6L2 0L4 6M.8 4H3.2';
const C = 'M4 1.4C3.6 .4 2.9 0 2.2 0C.8 0 0 1.2 0 3S.8 6 2.2 6';
const O = 'M2 0C.7 0 0 1.2 0 3S.7 6 2 6S4 4.8 4 3S3.3 0 2 0Z';
const P = 'M0 6V0H2.2A1.7 1.7 0 0 1 2.2 3.4H0';
const DOTS = 'M1.1-1.4h.01M2.9-1.4h.01';

const GLYPHS: Readonly<Record<string, Glyph>> = {
  A: [4, A],
  B: [3.9, 'M0 0V6H2.3A1.55 1.55 0 0 0 2.3 2.9H0M2.1 2.9A1.45 1.45 0 0 0 2.1 0H0'],
  C: [4, `${C}C2.9 6 3.6 5.6 4 4.6`],
  D: [4, 'M0 0V6H1.6C3.2 6 4 4.8 4 3S3.2 0 1.6 0Z'],
  E: [3.5, 'M3.5 0H0V6H3.5M0 3H3'],
  F: [3.4, 'M3.4 0H0V6M0 3H2.9'],
  G: [4, `${C}C3.4 6 4 5.2 4 3.3H2.4`],
  H: [4, 'M0 0V6M4 0V6M0 3H4'],
  I: [0.6, 'M.3 0V6'],
  J: [2.9, 'M2.9 0V4.4C2.9 5.6 2.3 6 1.5 6S.2 5.5 0 4.6'],
  K: [3.8, 'M0 0V6M3.6 0L0 3.6M1.3 2.4L3.8 6'],
  L: [3.2, 'M0 0V6H3.2'],
  M: [4.8, 'M0 6V0L2.4 4L4.8 0V6'],
  N: [4, 'M0 6V0L4 6V0'],
  O: [4, O],
  P: [3.9, P],
  Q: [4.2, `${O}M2.6 4.4L4.2 6.3`],
  R: [4, `${P}M2 3.4L4 6`],
  S: [3.9, 'M3.7 1.1C3.4 .4 2.8 0 2 0C.9 0 .2 .6 .2 1.5C.2 3.6 3.9 2.4 3.9 4.5C3.9 5.4 3.1 6 2 6C1 6 .3 5.6 0 4.8'],
  T: [4, 'M0 0H4M2 0V6'],
  U: [4, 'M0 0V4C0 5.3 .8 6 2 6S4 5.3 4 4V0'],
  V: [4, 'M0 0L2 6L4 0'],
  W: [5.4, 'M0 0L1.3 6L2.7 1L4.1 6L5.4 0'],
  X: [4, 'M0 0L4 6M4 0L0 6'],
  Y: [4, 'M0 0L2 3L4 0M2 3V6'],
  Z: [4, 'M0 0H4L0 6H4'],
  Å: [4, `${A}M2-.9a.75 .75 0 1 1 .01 0`],
  Ä: [4, `${A}${DOTS}`],
  Ö: [4, `${O}${DOTS}`],
  0: [3.6, 'M1.8 0C.6 0 0 1.2 0 3S.6 6 1.8 6S3.6 4.8 3.6 3S3 0 1.8 0Z'],
  1: [1.8, 'M.1 1.3L1.6 0V6'],
  2: [3.8, 'M.1 1.5C.3 .5 1 0 1.9 0C3 0 3.7 .7 3.7 1.7C3.7 3.2 1 4.4 0 6H3.8'],
  3: [
    3.8,
    'M.2 .8C.6 .3 1.2 0 1.8 0C2.9 0 3.5 .6 3.5 1.5S2.8 2.9 1.6 2.9C3 2.9 3.8 3.5 3.8 4.5S3 6 1.8 6C1 6 .3 5.7 0 5',
  ],
  4: [3.9, 'M2.8 6V0L0 4.2H3.9'],
  5: [3.8, 'M3.4 0H.5L.3 2.7C.8 2.4 1.3 2.3 1.8 2.3C3 2.3 3.8 3 3.8 4.1S3 6 1.8 6C1 6 .3 5.7 0 5.1'],
  6: [3.8, 'M3.3 .5C2.9 .2 2.5 0 2 0C.7 0 0 1.4 0 3.6C0 5.2 .7 6 1.9 6S3.8 5.3 3.8 4.1S3.1 2.4 2 2.4S.2 3 0 4'],
  7: [3.8, 'M0 0H3.8L1.4 6'],
  8: [
    3.8,
    'M1.9 2.8C.9 2.8 .3 2.2 .3 1.4S.9 0 1.9 0S3.5 .6 3.5 1.4S2.9 2.8 1.9 2.8C.8 2.8 0 3.4 0 4.4S.8 6 1.9 6S3.8 5.4 3.8 4.4S3 2.8 1.9 2.8Z',
  ],
  9: [3.8, 'M.5 5.5C.9 5.8 1.3 6 1.8 6C3.1 6 3.8 4.6 3.8 2.4C3.8 .8 3.1 0 1.9 0S0 .7 0 1.9S.7 3.6 1.8 3.6S3.6 3 3.8 2'],
  ' ': [2, ''],
  '.': [0.4, 'M.2 6h.01'],
  ',': [0.6, 'M.4 5.8L.1 7'],
  '!': [0.4, 'M.2 0V4M.2 6h.01'],
  '?': [3.4, 'M0 1.4C.2 .5 .8 0 1.7 0C2.7 0 3.4 .6 3.4 1.6C3.4 2.9 1.7 2.9 1.7 4.2M1.7 6h.01'],
  '-': [2, 'M0 3.2H2'],
  '–': [3, 'M0 3.2H3'],
  "'": [0.4, 'M.2 0V1.4'],
  '"': [1.4, 'M.2 0V1.4M1.2 0V1.4'],
  ':': [0.4, 'M.2 2h.01M.2 5.6h.01'],
  '/': [2.6, 'M0 6.4L2.6-.4'],
  '+': [2.6, 'M0 3.2H2.6M1.3 1.9V4.5'],
  '(': [1, 'M1-.4C-.3 1.4-.3 4.8 1 6.6'],
  ')': [1, 'M0-.4C1.3 1.4 1.3 4.8 0 6.6'],
  ';': [0.6, 'M.4 2h.01M.4 5.4L.1 7'],
  '<': [2.6, 'M2.6 1.2L0 3.2L2.6 5.2'],
  '>': [2.6, 'M0 1.2L2.6 3.2L0 5.2'],
  '=': [2.6, 'M0 2.2H2.6M0 4.2H2.6'],
  '#': [3.6, 'M1.4 0L.7 6M2.9 0L2.2 6M.2 2H3.6M0 4H3.4'],
  '&': [4, 'M4 6L.9 1.9C.4 1 .9 0 1.9 0S3.2 1.2 2.4 2L.9 3.1C-.6 4.3 .2 6 1.7 6C3 6 3.8 5 4 3.6'],
  _: [3, 'M0 6.6H3'],
  '…': [2.4, 'M.2 6h.01M1.2 6h.01M2.2 6h.01'],
  '·': [0.4, 'M.2 3.2h.01'],
};

const GAP = 1.5;

export interface Lettering {
  x: number;
  /** The letters' upper edge; Å, Ä and Ö reach a third of `height` above it. */
  y: number;
  /** Of a capital, in pixels. */
  height: number;
  colour: string;
  /** Stroke width as a share of the height. */
  weight: number;
  /** What does not fit is left out, with an ellipsis. */
  width: number;
}

/** Capitals only. A letter we have no strokes for is shown by its plain form (É as E) or as a dot. */
export function letters(text: string, style: Lettering): string {
  const scale = style.height / 6;
  const glyphs = fitting(glyphsOf(text), style.width / scale - style.weight * 6);
  let x = style.weight * 3;
  const strokes = glyphs.map(([width, d]) => {
    const drawn = d && `<path transform="translate(${round(x)} 0)" d="${d}"/>`;
    x += width + GAP;
    return drawn;
  });
  const pen = `fill="none" stroke="${style.colour}" stroke-width="${style.weight * 6}" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g transform="translate(${style.x} ${style.y}) scale(${scale})" ${pen}>${strokes.join('')}</g>`;
}

function glyphsOf(text: string): Glyph[] {
  // Nobody reads more than this, and a megabyte of prompt must not be looked at letter by letter.
  const signs = [...text.slice(0, 400).toUpperCase().normalize('NFC')];
  const spaced = signs.map((sign) => (/\s/u.test(sign) ? ' ' : sign));
  return spaced.filter((sign, i) => sign !== ' ' || spaced[i - 1] !== ' ').map(glyphOf);
}

function glyphOf(sign: string): Glyph {
  const plain = sign.normalize('NFD').charAt(0);
  return own(sign) ?? own(plain) ?? own(sign === '—' ? '–' : '·') ?? [0, ''];
}

function own(sign: string): Glyph | undefined {
  return Object.hasOwn(GLYPHS, sign) ? GLYPHS[sign] : undefined;
}

function fitting(glyphs: Glyph[], room: number): Glyph[] {
  const width = (row: Glyph[]) => row.reduce((sum, [each]) => sum + each + GAP, -GAP);
  if (width(glyphs) <= room) return glyphs;
  const ellipsis = glyphOf('…');
  const kept = glyphs.slice(0, 200);
  while (kept.length > 0 && width([...kept, ellipsis]) > room) kept.pop();
  return [...kept, ellipsis];
}
