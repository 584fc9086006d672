// The preview's backdrop: sky, light and weather around a place, all from the words of the prompt.
import { circle, ellipse, glow, gradient, line, mix, rect } from './preview-pen.ts';
import { drawPlace } from './preview-places.ts';
import { type Chance, chanceOf } from './preview-random.ts';
import type { Hour, Place, Reading, Weather } from './preview-words.ts';

export interface Stage {
  width: number;
  height: number;
  /** y of the horizon. */
  horizon: number;
  /** The shorter side over 1000: lengths are given as if the picture were 1000 wide. */
  unit: number;
  hour: Hour;
  weather: Weather | undefined;
  sky: readonly [top: string, bottom: string];
  chance: Chance;
  /** A colour as it looks at this hour; snow lies on what is `ground`. */
  lit(colour: string): string;
  ground(colour: string): string;
}

const SKIES: Record<Hour, readonly [string, string]> = {
  day: ['#69ade0', '#dff0f4'],
  dawn: ['#7c78b8', '#fbd3b0'],
  dusk: ['#463a78', '#f58c56'],
  night: ['#0b1130', '#31497f'],
};

const LIGHTS: Record<Hour, readonly [colour: string, amount: number]> = {
  day: ['#ffffff', 0],
  dawn: ['#f0b8a8', 0.22],
  dusk: ['#7a3560', 0.36],
  night: ['#101a44', 0.62],
};

const OPEN_AIR = ['forest', 'sea', 'mountains', 'castle', 'city', 'desert', 'meadow'] as const;

export interface Scenery {
  behind: string;
  before: string;
}

/** The same prompt and size always give the same scenery; the seed has no say in it. */
export function scenery(prompt: string, said: Reading, width: number, height: number): Scenery {
  const chance = chanceOf(`scenery ${prompt}`);
  const guessed: Place = chance.pick(OPEN_AIR);
  const hourGuessed = chance.pick<Hour>(['day', 'day', 'dawn', 'dusk']);
  const place = said.place ?? guessed;
  const stage = stageOf(width, height, said.hour ?? hourGuessed, said.weather, chance);
  const indoors = place === 'tavern' || place === 'cave' || place === 'plain';
  const behind = indoors ? drawPlace(place, stage) : sky(stage) + drawPlace(place, stage);
  return {
    behind: behind + (place === 'plain' ? '' : far(stage)),
    before: place === 'plain' ? '' : near(stage, indoors),
  };
}

function stageOf(width: number, height: number, hour: Hour, weather: Weather | undefined, chance: Chance): Stage {
  const [tint, amount] = LIGHTS[hour];
  const grey = weather === 'rain' || weather === 'fog';
  const [top, bottom] = SKIES[hour];
  const lit = (colour: string) => mix(grey ? mix(colour, '#8a94a0', 0.3) : colour, tint, amount);
  return {
    width,
    height,
    horizon: height * 0.56,
    unit: Math.min(width, height) / 1000,
    hour,
    weather,
    sky: grey ? [mix(top, '#6d7680', 0.55), mix(bottom, '#9aa3ab', 0.55)] : [top, bottom],
    chance,
    lit,
    ground: (colour) => lit(weather === 'snow' ? mix(colour, '#eef4fb', 0.85) : colour),
  };
}

function sky(stage: Stage): string {
  const {
    width,
    height,
    sky: [top, bottom],
    hour,
  } = stage;
  const ground = gradient('sky', top, bottom) + rect(0, 0, width, height, 'url(#sky)');
  return ground + (hour === 'night' ? stars(stage) : clouds(stage)) + sunOrMoon(stage);
}

function stars({ width, horizon, unit, chance }: Stage): string {
  const star = () =>
    circle(
      chance.between(0, width),
      chance.between(0, horizon),
      chance.between(1, 3.2) * unit,
      '#f3f1ff',
      'fill-opacity=".85"',
    );
  return Array.from({ length: 70 }, star).join('');
}

function clouds({ width, horizon, unit, chance, sky: [, bottom] }: Stage): string {
  const cloud = () => {
    const [x, y, s] = [chance.between(0, width), chance.between(0.08, 0.6) * horizon, chance.between(50, 110) * unit];
    const puffs = [
      [-0.9, 0.15, 0.6],
      [0, 0, 0.85],
      [0.95, 0.18, 0.55],
    ] as const;
    return puffs
      .map(([dx, dy, r]) => ellipse(x + dx * s, y + dy * s, r * s * 1.25, r * s * 0.5, mix(bottom, '#ffffff', 0.6)))
      .join('');
  };
  return `<g fill-opacity=".75">${Array.from({ length: 5 }, cloud).join('')}</g>`;
}

function sunOrMoon({ width, horizon, unit, hour, chance, weather }: Stage): string {
  const x = width * (chance.next() < 0.5 ? chance.between(0.1, 0.24) : chance.between(0.76, 0.9));
  if (weather === 'rain' || weather === 'fog') return '';
  const low = hour === 'dusk' || hour === 'dawn';
  const [y, r] = [low ? horizon * 0.78 : horizon * 0.3, (low ? 82 : 62) * unit];
  const colour = hour === 'night' ? '#f4f0d8' : hour === 'day' ? '#fff3b8' : '#ffd08a';
  const craters =
    hour === 'night'
      ? circle(x - r * 0.3, y - r * 0.2, r * 0.2, '#d9d4b8') + circle(x + r * 0.3, y + r * 0.3, r * 0.13, '#d9d4b8')
      : '';
  return glow('light', x, y, r * 3.4, colour, 0.55) + circle(x, y, r, colour) + craters;
}

/** Weather behind the figure. */
function far(stage: Stage): string {
  const { width, height, horizon, weather } = stage;
  if (weather === 'fog')
    return [0.86, 0.98, 1.14]
      .map((y) => ellipse(width / 2, horizon * y, width * 0.8, height * 0.09, '#dfe5ea', 'fill-opacity=".5"'))
      .join('');
  if (weather === 'snow') return flakes(stage, 60, 5);
  if (weather === 'fire') return glow('blaze', width * 0.2, height * 0.78, width * 0.55, '#ff9a3d', 0.6);
  return '';
}

/** Weather before the figure, and the hour's colour over everything. */
function near(stage: Stage, indoors: boolean): string {
  const { width, height, weather, hour } = stage;
  const veil =
    hour === 'night' && !indoors
      ? rect(0, 0, width, height, '#16225c', 'fill-opacity=".14"')
      : hour === 'dusk' && !indoors
        ? rect(0, 0, width, height, '#b4431f', 'fill-opacity=".1"')
        : '';
  if (weather === 'snow' && !indoors) return veil + flakes(stage, 36, 9);
  if (weather === 'rain' && !indoors) return veil + rain(stage);
  return weather === 'fire' ? veil + campfire(stage) : veil;
}

function flakes({ width, height, unit, chance }: Stage, count: number, size: number): string {
  const flake = () =>
    circle(
      chance.between(0, width),
      chance.between(0, height),
      chance.between(0.4, 1) * size * unit,
      '#ffffff',
      'fill-opacity=".85"',
    );
  return Array.from({ length: count }, flake).join('');
}

function rain({ width, height, unit, chance }: Stage): string {
  const drop = () =>
    `M${Math.round(chance.between(0, width))} ${Math.round(chance.between(0, height))}l${Math.round(-9 * unit)} ${Math.round(42 * unit)}`;
  return line(Array.from({ length: 110 }, drop).join(''), '#d5e6f5', 2.4 * unit, 'stroke-opacity=".55"');
}

function campfire({ width, height, unit, chance }: Stage): string {
  const at = `translate(${Math.round(width * 0.15)} ${Math.round(height * 0.8)}) scale(${unit * 1.5})`;
  const logs = line('M-50 8L50 -6M-50 -6L50 8', '#4a2c1c', 18);
  const flame = (d: string, colour: string) => `<path d="${d}" fill="${colour}"/>`;
  const flames =
    flame('M0 -120C20 -70 56 -60 46 -10C38 14 -38 14 -46 -10C-54 -52 -14 -60 0 -120Z', '#f2722b') +
    flame('M4 -76C16 -44 32 -36 26 -8C18 8 -22 8 -26 -10C-28 -36 -4 -40 4 -76Z', '#ffc84a');
  const spark = () =>
    circle(
      chance.between(0.02, 0.45) * width,
      chance.between(0.25, 0.75) * height,
      chance.between(2, 5) * unit,
      '#ffb347',
    );
  return `${Array.from({ length: 22 }, spark).join('')}<g transform="${at}">${logs}${flames}</g>`;
}
