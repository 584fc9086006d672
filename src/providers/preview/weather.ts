// Snow, rain, fog and fire in a preview, behind the figure and before it, and the evening's and the night's colour over all.
import { circle, glow, line, many, rect, round } from './pen.ts';
import type { Stage } from './stage.ts';
import { campfire } from './things.ts';

export function weatherBehind(stage: Stage): string {
  const { width, height, weather } = stage;
  if (weather === 'fog') return fog(stage);
  if (weather === 'snow') return flakes(stage, 60, 5);
  return weather === 'fire' ? glow('blaze', width * 0.2, height * 0.78, width * 0.55, '#ff9a3d', 0.6) : '';
}

export function weatherBefore(stage: Stage, indoors: boolean): string {
  const { width, height, weather } = stage;
  const fire = weather === 'fire' ? sparks(stage) + campfire(stage, width * 0.15, height * 0.8) : '';
  if (indoors) return fire;
  const falling = weather === 'snow' ? flakes(stage, 36, 9) : weather === 'rain' ? rain(stage) : '';
  return veil(stage) + falling + fire;
}

function veil({ width, height, hour }: Stage): string {
  if (hour === 'night') return rect(0, 0, width, height, '#16225c', 'fill-opacity=".14"');
  return hour === 'dusk' ? rect(0, 0, width, height, '#b4431f', 'fill-opacity=".1"') : '';
}

function fog({ width, height, horizon }: Stage): string {
  const stops = [0, 0.75, 0].map(
    (dense, i) => `<stop offset="${i / 2}" stop-color="#dfe5ea" stop-opacity="${dense}"/>`,
  );
  const shade = `<linearGradient id="fog" x2="0" y2="1">${stops.join('')}</linearGradient>`;
  return shade + [0.78, 1.02].map((y) => rect(0, horizon * y, width, height * 0.24, 'url(#fog)')).join('');
}

function flakes({ width, height, unit, chance }: Stage, count: number, size: number): string {
  const flake = () => {
    const [x, y] = [chance.between(0, width), chance.between(0, height)];
    return circle(x, y, chance.between(0.4, 1) * size * unit, '#ffffff', 'fill-opacity=".85"');
  };
  return many(count, flake);
}

function rain({ width, height, unit, chance }: Stage): string {
  const fall = `l${round(-9 * unit)} ${round(42 * unit)}`;
  const drop = () => `M${round(chance.between(0, width))} ${round(chance.between(0, height))}${fall}`;
  return line(many(110, drop), '#d5e6f5', 2.4 * unit, 'stroke-opacity=".55"');
}

function sparks({ width, height, unit, chance }: Stage): string {
  const spark = () => {
    const [x, y] = [chance.between(0.02, 0.45) * width, chance.between(0.25, 0.75) * height];
    return circle(x, y, chance.between(2, 5) * unit, '#ffb347');
  };
  return many(22, spark);
}
