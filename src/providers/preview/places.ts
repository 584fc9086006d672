// The places the preview can show, each from a few flat layers with the far ones paler.
import { darker, ellipse, glow, gradient, lighter, line, many, mix, path, polygon, rect, round } from './pen.ts';
import type { Stage } from './stage.ts';
import * as thing from './things.ts';
import type { Place } from './words.ts';

export function drawPlace(place: Place, stage: Stage): string {
  return PLACES[place](stage);
}

const PLACES: Record<Place, (stage: Stage) => string> = {
  plain,
  forest,
  sea,
  mountains,
  castle,
  city,
  tavern,
  cave,
  desert,
  meadow,
};

/** A row of hills from edge to edge, filled down to the bottom. */
function hills({ width, height, chance }: Stage, y: number, swing: number, colour: string): string {
  const step = width / 4;
  const top = () => y + chance.between(-swing, swing);
  const hill = (i: number) => {
    const [end, rise] = [top(), chance.between(0, swing * 1.4)];
    return `Q${round((i + 0.5) * step)} ${round(end - rise)} ${round((i + 1) * step)} ${round(end)}`;
  };
  return path(`M0 ${round(top())}${many(4, hill)}V${height}H0Z`, colour);
}

/** Sharp peaks from edge to edge, with snow on top if `cap` is a colour. */
function ridge({ width, height, chance }: Stage, y: number, rise: number, colour: string, cap = ''): string {
  const peak = (i: number) => {
    const x = (width * (i + chance.between(0.2, 0.8))) / 5;
    const [high, half] = [rise * chance.between(0.6, 1), rise * chance.between(0.55, 0.8)];
    const [w, h] = [half * 0.3, high * 0.3];
    const top = y - high;
    const jags = [x + w * 0.35, top + h * 0.75, x, top + h * 1.15, x - w * 0.4, top + h * 0.78];
    const snow = cap && polygon(cap, x - w, top + h, x, top, x + w, top + h, ...jags);
    return polygon(colour, x - half, y, x, top, x + half, y) + snow;
  };
  return many(5, peak) + rect(0, y - 1, width, height - y, colour);
}

function plain({ width, height, chance }: Stage): string {
  const tone = chance.pick(['#c9d3d8', '#d6cfc4', '#cdd3c2', '#d3cad8'] as const);
  const halo = glow('halo', width / 2, height * 0.42, Math.max(width, height) * 0.55, lighter(tone, 0.7), 0.9);
  return gradient('wall', lighter(tone, 0.25), darker(tone, 0.12)) + rect(0, 0, width, height, 'url(#wall)') + halo;
}

function forest(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance, sky } = stage;
  const green = lit(chance.pick(['#2f6b45', '#3d6f3a', '#2d6357'] as const));
  const row = (y: number, size: number, count: number, colour: string) =>
    many(count, (i) => {
      const [x, dy] = [(width * (i + chance.between(0.1, 0.9))) / count, chance.between(-10, 20) * unit];
      return thing.conifer(stage, x, y + dy, size * unit * chance.between(0.75, 1.2), colour);
    });
  return (
    row(horizon, 240, 13, mix(green, sky[1], 0.5)) +
    hills(stage, horizon, 14 * unit, mix(ground('#5d8a4e'), sky[1], 0.25)) +
    row(horizon + height * 0.1, 380, 8, mix(green, sky[1], 0.22)) +
    hills(stage, horizon + height * 0.1, 20 * unit, ground('#4a7a42')) +
    thing.conifer(stage, width * 0.04, height * 0.86, 780 * unit, darker(green, 0.15)) +
    thing.conifer(stage, width * 0.97, height * 0.88, 700 * unit, darker(green, 0.15))
  );
}

function sea(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance, hour } = stage;
  const water = gradient('water', lit(hour === 'dusk' ? '#c98a86' : '#5aa5c4'), lit('#1f5f86'));
  const wave = () => {
    const depth = chance.next();
    const [x, y, w] = [chance.between(0, width), horizon + 12 * unit + depth * height * 0.24, (20 + depth * 60) * unit];
    return `M${round(x)} ${round(y)}q${round(w / 2)} ${round(-w / 6)} ${round(w)} 0`;
  };
  return (
    water +
    rect(0, horizon, width, height - horizon, 'url(#water)') +
    thing.ship(stage, width * chance.pick([0.16, 0.84] as const), horizon + 12 * unit) +
    line(many(46, wave), lit('#e6f5f8'), 3.5 * unit, 'stroke-opacity=".6"') +
    hills(stage, height * 0.84, 16 * unit, ground('#e2c48d'))
  );
}

function mountains(stage: Stage): string {
  const { height, horizon, unit, lit, ground, sky } = stage;
  const snow = lit('#f4f8ff');
  return (
    ridge(stage, horizon + 20 * unit, height * 0.34, mix(lit('#7d8fae'), sky[1], 0.45), mix(snow, sky[1], 0.2)) +
    ridge(stage, horizon + height * 0.1, height * 0.24, mix(lit('#5f7290'), sky[1], 0.12), snow) +
    hills(stage, horizon + height * 0.12, 24 * unit, ground('#6f8f5a')) +
    hills(stage, horizon + height * 0.22, 24 * unit, ground('#557a4a'))
  );
}

function castle(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance, sky } = stage;
  const x = width * chance.pick([0.2, 0.8] as const);
  const gate = horizon + 60 * unit;
  const left = `C${round(x - 90 * unit)} ${round(gate + 130 * unit)} ${round(width / 2)} ${round(height * 0.75)} ${round(width * 0.4)} ${height}`;
  const right = `C${round(width * 0.6)} ${round(height * 0.78)} ${round(x + 20 * unit)} ${round(gate + 130 * unit)} ${round(x + 26 * unit)} ${round(gate)}`;
  return (
    ridge(stage, horizon + 10 * unit, height * 0.18, mix(lit('#8091a8'), sky[1], 0.5)) +
    ellipse(x, horizon + 150 * unit, 430 * unit, 190 * unit, ground('#66864f')) +
    thing.castleOn(stage, x, horizon + 12 * unit) +
    hills(stage, horizon + height * 0.14, 26 * unit, ground('#5b8049')) +
    path(`M${round(x)} ${round(gate)}${left}H${round(width * 0.62)}${right}Z`, ground('#c9b48c'))
  );
}

function city(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance } = stage;
  const street = horizon + height * 0.13;
  const row = (y: number, size: number, count: number, pale: number) =>
    many(count, (i) => {
      const shape = { width: (width / count) * 1.02, tall: size * unit * chance.between(0.75, 1.15), pale };
      return thing.house(stage, (width * i) / count, y, shape);
    });
  const stone = () => {
    const [x, y, rx] = [chance.between(0, width), chance.between(street, height), chance.between(14, 30) * unit];
    return ellipse(x, y, rx, 8 * unit, ground('#a2978a'), 'fill-opacity=".6"');
  };
  return (
    row(horizon + 20 * unit, 330, 9, 0.5) +
    row(street, 380, 6, 0.08) +
    rect(0, street, width, height, ground('#8d8378')) +
    many(60, stone) +
    line(`M0 ${round(street)}H${width}`, lit('#6a6058'), 6 * unit) +
    [0.07, 0.93].map((x) => thing.streetLamp(stage, width * x, height * 0.84)).join('')
  );
}

function tavern(stage: Stage): string {
  const { width, height, horizon, unit, sky } = stage;
  const plank = (i: number) => rect((width * i) / 10, 0, width / 10 + 1, height, i % 2 ? '#6e4a30' : '#75502f');
  const post = (x: number) => rect(width * x, 0, 44 * unit, height, '#4a301c');
  return (
    many(10, plank) +
    gradient('pane', sky[0], sky[1]) +
    thing.crossWindow(stage, width * 0.12, horizon * 0.3, 'url(#pane)') +
    [0.5, 0.86].map((y) => thing.shelf(stage, width * 0.92 - 290 * unit, horizon * y)).join('') +
    rect(0, horizon + height * 0.14, width, height, '#4d331f') +
    rect(0, 0, width, 60 * unit, '#3f2817') +
    post(0.04) +
    post(0.92) +
    [0.1, 0.92].map((x) => thing.barrel(stage, width * x, height * 0.82)).join('') +
    [0.3, 0.7].map((x, i) => thing.hangingLantern(stage, `lantern${i}`, width * x)).join('')
  );
}

function cave(stage: Stage): string {
  const { width, height, horizon, unit, chance } = stage;
  const rock = chance.pick(['#4a4358', '#3f4a52', '#54463f'] as const);
  const shine = chance.pick(['#7fe3e0', '#c79bff', '#ffd27a'] as const);
  const spike = (i: number) => {
    const [x, w, l] = [
      (width * (i + chance.next())) / 9,
      chance.between(40, 80) * unit,
      chance.between(110, 320) * unit,
    ];
    return polygon(darker(rock, 0.5), x - w, -2, x, l, x + w, -2);
  };
  const crystal = (i: number) => {
    const x = width * (i < 4 ? chance.between(0.01, 0.24) : chance.between(0.76, 0.99));
    return thing.crystal(stage, x, height * 0.82, mix(shine, rock, chance.between(0.1, 0.45)));
  };
  return (
    gradient('rock', darker(rock, 0.45), rock) +
    rect(0, 0, width, height, 'url(#rock)') +
    glow('deep', width / 2, horizon, Math.max(width, height) * 0.55, shine, 0.5) +
    hills(stage, horizon + height * 0.1, 30 * unit, darker(rock, 0.3)) +
    many(9, spike) +
    many(8, crystal)
  );
}

function desert(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance, sky } = stage;
  const [x, y, size] = [
    width * chance.pick([0.15, 0.82] as const),
    horizon + 10 * unit,
    chance.between(230, 330) * unit,
  ];
  return (
    polygon(mix(lit('#d8a860'), sky[1], 0.3), x - size, y, x, y - size, x + size, y) +
    polygon(mix(lit('#a97a42'), sky[1], 0.3), x, y - size, x + size, y, x + size * 0.25, y) +
    hills(stage, horizon, 26 * unit, mix(ground('#ecc98a'), sky[1], 0.3)) +
    hills(stage, horizon + height * 0.09, 44 * unit, ground('#e0b067')) +
    hills(stage, horizon + height * 0.2, 44 * unit, ground('#cf9850')) +
    thing.cactus(stage, width * 0.08, height * 0.84) +
    thing.cactus(stage, width * 0.9, height * 0.8)
  );
}

function meadow(stage: Stage): string {
  const { width, height, horizon, unit, ground, chance, sky } = stage;
  const flower = () => {
    const [x, y] = [chance.between(0, width), chance.between(horizon + height * 0.14, height * 0.86)];
    return thing.flower(stage, x, y);
  };
  const cottage = { width: 210 * unit, tall: 120 * unit, pale: 0.1 };
  return (
    hills(stage, horizon - 20 * unit, 40 * unit, mix(ground('#86a96b'), sky[1], 0.4)) +
    thing.house(stage, width * chance.pick([0.06, 0.72] as const), horizon + 40 * unit, cottage) +
    hills(stage, horizon + 50 * unit, 30 * unit, ground('#7bab57')) +
    hills(stage, horizon + height * 0.15, 34 * unit, ground('#639a48')) +
    many(stage.weather === 'snow' ? 8 : 70, flower)
  );
}
