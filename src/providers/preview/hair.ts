// The preview figure's hair: what hangs behind the head and what lies over it.
import type { Fringe, Hair, Looks } from './looks.ts';
import { circle, darker, ellipse, lighter, line, path, round } from './pen.ts';

const INK = 4;

export function hairBehind({ hair, hairColour }: Looks): string {
  const shade = darker(hairColour, 0.25);
  const pen = ink(hairColour);
  const strand = (d: string) => path(d, shade, pen);
  const behind: Record<Hair, () => string> = {
    bald: () => '',
    short: () =>
      strand('M112 190C96 90 150 56 200 56S304 90 288 190C286 214 276 226 268 232H132C124 226 114 214 112 190Z'),
    mohawk: () => '',
    bob: () =>
      strand(
        'M110 180C92 84 150 50 200 50S308 84 290 180C294 226 304 262 292 286C262 300 138 300 108 286C96 262 106 226 110 180Z',
      ),
    long: () =>
      strand(
        'M110 180C92 84 150 50 200 50S308 84 290 180C300 270 322 360 306 452C270 474 130 474 94 452C78 360 100 270 110 180Z',
      ),
    curly: () => curls(shade, pen),
    ponytail: () =>
      `${strand('M262 84C330 70 356 150 338 230C330 280 344 310 322 346C300 320 286 280 292 220C296 170 280 130 252 118Z')}${skull(shade, pen)}`,
    braids: () => skull(shade, pen),
    bun: () =>
      `${circle(200, 44, 40, shade, pen)}${line('M178 40q22 -22 44 0', darker(hairColour, 0.5), 4)}${skull(shade, pen)}`,
  };
  return behind[hair]();
}

export function hairBefore(looks: Looks): string {
  const { hair, fringe, hairColour } = looks;
  if (hair === 'bald') return '';
  if (hair === 'mohawk') return mohawk(hairColour);
  const cap = path(FRINGES[fringe], hairColour, ink(hairColour));
  const shine = line('M146 104q34 -28 82 -24', lighter(hairColour, 0.35), 9, 'stroke-opacity=".55"');
  return `${cap}${shine}${hair === 'braids' ? braids(hairColour) : ''}`;
}

export function beard({ beard: has, hairColour }: Looks): string {
  const shape =
    'M120 196C124 236 140 288 200 292C260 288 276 236 280 196C268 210 254 216 236 216C222 206 178 206 164 216C146 216 132 210 120 196Z';
  return has ? path(shape, hairColour, ink(hairColour)) : '';
}

function ink(colour: string): string {
  return `stroke="${darker(colour, 0.6)}" stroke-width="${INK}" stroke-linejoin="round"`;
}

const FRINGES: Record<Fringe, string> = {
  sweep:
    'M113 196C98 96 148 54 204 54C268 54 302 98 288 196C284 168 272 142 254 122C228 154 168 166 134 148C124 160 118 176 113 196Z',
  bangs:
    'M112 200C98 96 148 54 200 54C256 54 302 96 288 200C284 176 280 160 274 144L254 152L240 140L218 152L200 139L180 152L160 140L146 152L126 144C120 160 116 178 112 200Z',
  parted:
    'M112 206C96 96 146 54 200 54C256 54 304 96 288 206C286 164 262 124 206 98L200 92L194 98C138 124 114 164 112 206Z',
  tousled:
    'M113 190C104 168 96 150 104 124C108 96 122 88 128 78C142 66 150 50 172 56C186 40 206 44 216 52C238 42 256 58 264 72C286 80 290 102 294 122C300 146 294 168 287 190C282 172 276 160 270 146L246 126L236 150L210 122L194 148L170 126L158 152L136 138C124 154 118 170 113 190Z',
};

function skull(colour: string, pen: string): string {
  return path(
    'M112 190C96 90 150 56 200 56S304 90 288 190C286 208 280 214 272 220H128C120 214 114 208 112 190Z',
    colour,
    pen,
  );
}

function curls(colour: string, pen: string): string {
  const ring = [
    [116, 120, 38],
    [150, 78, 38],
    [200, 62, 40],
    [250, 78, 38],
    [284, 120, 38],
    [296, 172, 36],
    [300, 226, 36],
    [290, 274, 34],
    [104, 172, 36],
    [100, 226, 36],
    [110, 274, 34],
  ] as const;
  const inside = ellipse(200, 170, 96, 116, colour);
  return `${ring.map(([x, y, r]) => circle(x, y, r, colour, pen)).join('')}${inside}`;
}

function mohawk(colour: string): string {
  const crest =
    'M172 112C160 70 170 30 184 14L192 34L206 4L214 32L232 16C242 44 240 84 228 112C210 122 190 122 172 112Z';
  const stubble = 'M118 160C118 84 282 84 282 160C270 134 246 122 200 122S130 134 118 160Z';
  return `${path(stubble, darker(colour, 0.1), 'fill-opacity=".35"')}${path(crest, colour, ink(colour))}`;
}

function braids(colour: string): string {
  const knot = (x: number, i: number) =>
    ellipse(x + (i % 2 ? 4 : -4), 236 + i * 32, 21 - i, 21, i % 2 ? darker(colour, 0.12) : colour, ink(colour));
  const braid = (x: number) => [0, 1, 2, 3, 4, 5].map((i) => knot(x, i)).join('');
  const ribbon = (x: number) => `<rect x="${round(x - 16)}" y="414" width="32" height="14" rx="5" fill="#d9b25a"/>`;
  return [104, 296].map((x) => braid(x) + ribbon(x)).join('');
}
