// A small picture for each art style: the same tower by the sea, drawn in the manner of the style. They show what a style is like,
// not what the model makes of it.
import sharp from 'sharp';

const SIDE = 224;

interface Manner {
  sky: [top: string, bottom: string];
  sea: string;
  land: string;
  tower: string;
  /** Of the outlines; none when left out. */
  ink?: { colour: string; width: number };
  /** SVG filters that are laid over the whole. */
  filter?: string;
  /** More shapes on top. */
  over?: string;
  /** Pixels a side before it is blown up again. */
  pixels?: number;
}

const PAPER = '<rect width="224" height="224" fill="#f6efdf" opacity="0.35"/>';
const DOTS =
  '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.4" fill="#123"/></pattern>' +
  '<rect y="120" width="224" height="104" fill="url(#dots)" opacity="0.3"/>';
const HATCHING =
  '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(40)">' +
  '<path d="M0 0V7" stroke="#000" stroke-width="1.4"/></pattern>' +
  '<path d="M0 175Q70 140 140 168T224 160V224H0Z" fill="url(#hatch)"/><rect x="134" y="62" width="18" height="88" fill="url(#hatch)"/>';
const RAYS =
  '<path d="M60 40L224 120V190L50 48Z" fill="#ffe9a8" opacity="0.28"/><circle cx="60" cy="44" r="26" fill="#fff6d8" opacity="0.9"/>';
const wobble = (size: number, strength: number) =>
  `<feTurbulence type="fractalNoise" baseFrequency="${size}" numOctaves="2" seed="4" result="noise"/>` +
  `<feDisplacementMap in="SourceGraphic" in2="noise" scale="${strength}"/>`;

const MANNERS: Record<string, Manner> = {
  'photo-realistic': {
    sky: ['#6f8fb4', '#e6d3bf'],
    sea: '#5b7488',
    land: '#3f4a3a',
    tower: '#b9b2a4',
    filter: '<feGaussianBlur stdDeviation="0.9"/>',
  },
  anime: {
    sky: ['#3aa0ff', '#d6f1ff'],
    sea: '#2f7fe0',
    land: '#48c56a',
    tower: '#fff3e2',
    ink: { colour: '#2b2140', width: 1.6 },
  },
  'fantasy-art': { sky: ['#1c1440', '#d9793b'], sea: '#2a2f66', land: '#241a38', tower: '#5f4b73', over: RAYS },
  comic: {
    sky: ['#ffd23f', '#ffef9e'],
    sea: '#2e9bd6',
    land: '#e4572e',
    tower: '#f4f1de',
    ink: { colour: '#000', width: 5 },
    over: DOTS,
  },
  'oil-painting': {
    sky: ['#a8713d', '#f0d79b'],
    sea: '#3c5a55',
    land: '#4a3620',
    tower: '#8a6a48',
    filter: wobble(0.045, 15),
  },
  watercolour: {
    sky: ['#a9cfe6', '#fbeede'],
    sea: '#8fc3cf',
    land: '#a6c48a',
    tower: '#cdb7d2',
    filter: `${wobble(0.02, 12)}<feGaussianBlur stdDeviation="1.6"/>`,
    over: PAPER,
  },
  'line-art': {
    sky: ['#fff', '#fff'],
    sea: '#fff',
    land: '#fff',
    tower: '#fff',
    ink: { colour: '#000', width: 2.4 },
    over: HATCHING,
  },
  'pixel-art': { sky: ['#5b3f8c', '#f08fa0'], sea: '#3b4cc0', land: '#2e8b57', tower: '#e0c080', pixels: 28 },
};

/** @returns a WebP of 224 × 224, or undefined for an id that is no style's */
export async function drawStyleSample(id: string): Promise<Buffer | undefined> {
  const manner = Object.hasOwn(MANNERS, id) ? MANNERS[id] : undefined;
  if (!manner) return undefined;
  const drawn = sharp(Buffer.from(sceneOf(manner)));
  if (!manner.pixels) return drawn.webp({ quality: 82 }).toBuffer();
  const small = await drawn.resize(manner.pixels, manner.pixels).png({ palette: true, colours: 16 }).toBuffer();
  return sharp(small).resize(SIDE, SIDE, { kernel: 'nearest' }).webp({ lossless: true }).toBuffer();
}

function sceneOf({ sky, sea, land, tower, ink, filter, over = '' }: Manner): string {
  const line = ink ? ` stroke="${ink.colour}" stroke-width="${ink.width}"` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1"><stop stop-color="${sky[0]}"/><stop offset="1" stop-color="${sky[1]}"/></linearGradient>
      <filter id="manner" x="-5%" y="-5%" width="110%" height="110%">${filter ?? '<feOffset/>'}</filter>
    </defs>
    <g filter="url(#manner)">
      <rect width="${SIDE}" height="${SIDE}" fill="url(#sky)"/>
      <circle cx="60" cy="56" r="18" fill="${sky[1]}"${line}/>
      <rect x="-8" y="124" width="240" height="108" fill="${sea}"${line}/>
      <path d="M-8 178Q70 140 140 168T232 158V232H-8Z" fill="${land}"${line}/>
      <path d="M134 62L138 166H162L166 62Z" fill="${tower}"${line}/>
      <path d="M128 64L150 34L172 64Z" fill="${land}"${line}/>
      <rect x="145" y="80" width="10" height="14" fill="${sky[1]}"${line}/>
    </g>${over}
  </svg>`;
}
