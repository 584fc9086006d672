// The preview's backdrop: a sky, a place and the weather, all from the words of the prompt.
import { circle, ellipse, glow, gradient, many, mix, rect } from './pen.ts';
import { drawPlace } from './places.ts';
import { chanceOf } from './random.ts';
import { type Stage, stageOf } from './stage.ts';
import { weatherBefore, weatherBehind } from './weather.ts';
import type { Hour, Place, Reading } from './words.ts';

export interface Scenery {
  /** What stands behind the figure. */
  behind: string;
  /** What falls and glows before it. */
  before: string;
}

const OPEN_AIR = ['forest', 'sea', 'mountains', 'castle', 'city', 'desert', 'meadow'] as const;

/** The same prompt and size always give the same scenery; the seed has no say in it. */
export function scenery(prompt: string, said: Reading, size: { width: number; height: number }): Scenery {
  const chance = chanceOf(`scenery ${prompt}`);
  const [somewhere, sometime] = [chance.pick<Place>(OPEN_AIR), chance.pick<Hour>(['day', 'day', 'dawn', 'dusk'])];
  const place = said.place ?? somewhere;
  const stage = stageOf(size, said.hour ?? sometime, said.weather, chance);
  if (place === 'plain') return { behind: drawPlace(place, stage), before: '' };
  const indoors = place === 'tavern' || place === 'cave';
  const backdrop = (indoors ? '' : sky(stage)) + drawPlace(place, stage);
  return { behind: backdrop + weatherBehind(stage), before: weatherBefore(stage, indoors) };
}

function sky(stage: Stage): string {
  const { width, height, hour } = stage;
  const air = gradient('sky', stage.sky[0], stage.sky[1]) + rect(0, 0, width, height, 'url(#sky)');
  return air + (hour === 'night' ? stars(stage) : clouds(stage)) + sunOrMoon(stage);
}

function stars({ width, horizon, unit, chance }: Stage): string {
  const star = () => {
    const [x, y] = [chance.between(0, width), chance.between(0, horizon)];
    return circle(x, y, chance.between(1, 3.2) * unit, '#f3f1ff', 'fill-opacity=".85"');
  };
  return many(70, star);
}

function clouds({ width, horizon, unit, chance, sky: air }: Stage): string {
  const white = mix(air[1], '#ffffff', 0.6);
  const cloud = () => {
    const [x, y, s] = [chance.between(0, width), chance.between(0.08, 0.6) * horizon, chance.between(50, 110) * unit];
    const puff = (dx: number, dy: number, r: number) =>
      ellipse(x + dx * s, y + dy * s, r * s * 1.25, r * s * 0.5, white);
    return puff(-0.9, 0.15, 0.6) + puff(0, 0, 0.85) + puff(0.95, 0.18, 0.55);
  };
  return `<g fill-opacity=".75">${many(5, cloud)}</g>`;
}

function sunOrMoon({ width, horizon, unit, hour, chance, weather }: Stage): string {
  const x = width * (chance.next() < 0.5 ? chance.between(0.1, 0.24) : chance.between(0.76, 0.9));
  if (weather === 'rain' || weather === 'fog') return '';
  const { height, size, colour } = LIGHTS_ABOVE[hour];
  const [y, r] = [horizon * height, size * unit];
  const crater = (dx: number, part: number) => circle(x + dx * r, y + dx * r, r * part, '#d9d4b8');
  const face = hour === 'night' ? crater(-0.3, 0.2) + crater(0.3, 0.13) : '';
  return glow('light', x, y, r * 3.4, colour, 0.55) + circle(x, y, r, colour) + face;
}

/** `height` as a share of the way from the top to the horizon. */
const LIGHTS_ABOVE: Record<Hour, { height: number; size: number; colour: string }> = {
  day: { height: 0.3, size: 62, colour: '#fff3b8' },
  dawn: { height: 0.78, size: 82, colour: '#ffd08a' },
  dusk: { height: 0.78, size: 82, colour: '#ffd08a' },
  night: { height: 0.3, size: 62, colour: '#f4f0d8' },
};
