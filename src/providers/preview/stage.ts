// What every part of a preview's scenery shares: the size, the hour's light, the weather, and the prompt's own chance.
import { mix } from './pen.ts';
import type { Chance } from './random.ts';
import type { Hour, Weather } from './words.ts';

export interface Stage {
  width: number;
  height: number;
  /** y of the horizon. */
  horizon: number;
  /** The shorter side over 1000: things are drawn as if it were 1000 pixels. */
  unit: number;
  hour: Hour;
  weather: Weather | undefined;
  sky: readonly [top: string, bottom: string];
  chance: Chance;
  /** A colour as it looks at this hour. */
  lit(colour: string): string;
  /** The same for what lies open to the sky, where snow stays. */
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

export function stageOf(
  size: { width: number; height: number },
  hour: Hour,
  weather: Stage['weather'],
  chance: Chance,
): Stage {
  const [tint, amount] = LIGHTS[hour];
  const grey = weather === 'rain' || weather === 'fog';
  const [top, bottom] = SKIES[hour];
  const lit = (colour: string) => mix(grey ? mix(colour, '#8a94a0', 0.3) : colour, tint, amount);
  return {
    ...size,
    horizon: size.height * 0.56,
    unit: Math.min(size.width, size.height) / 1000,
    hour,
    weather,
    sky: grey ? [mix(top, '#6d7680', 0.55), mix(bottom, '#9aa3ab', 0.55)] : [top, bottom],
    chance,
    lit,
    ground: (colour) => lit(weather === 'snow' ? mix(colour, '#eef4fb', 0.85) : colour),
  };
}
