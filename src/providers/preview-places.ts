// The places the preview can show, each from a few flat layers with the far ones paler.
import {
  circle,
  darker,
  ellipse,
  glow,
  gradient,
  lighter,
  line,
  mix,
  path,
  polygon,
  rect,
  round,
} from './preview-pen.ts';
import type { Stage } from './preview-scenery.ts';
import type { Place } from './preview-words.ts';

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

const many = (count: number, draw: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw(i)).join('');

/** A row of hills from edge to edge, filled down to the bottom. */
function hills({ width, height, chance }: Stage, y: number, swing: number, colour: string): string {
  const step = width / 4;
  let d = `M0 ${round(y + chance.between(-swing, swing))}`;
  for (let i = 1; i <= 4; i += 1) {
    const [x, top] = [i * step, y + chance.between(-swing, swing)];
    d += `Q${round(x - step / 2)} ${round(top - chance.between(0, swing * 1.4))} ${round(x)} ${round(top)}`;
  }
  return path(`${d}V${height}H0Z`, colour);
}

/** Sharp peaks from edge to edge. */
function ridge({ width, height, chance }: Stage, y: number, rise: number, colour: string, cap = ''): string {
  const count = 5;
  return (
    many(count, (i) => {
      const x = (width * (i + chance.between(0.2, 0.8))) / count;
      const [top, half] = [y - rise * chance.between(0.6, 1), rise * chance.between(0.55, 0.8)];
      const peak = polygon(
        [
          [x - half, y],
          [x, top],
          [x + half, y],
        ],
        colour,
      );
      const [h, w] = [(y - top) * 0.3, half * 0.3];
      const snow = polygon(
        [
          [x - w, top + h],
          [x, top],
          [x + w, top + h],
          [x + w * 0.35, top + h * 0.75],
          [x, top + h * 1.15],
          [x - w * 0.4, top + h * 0.78],
        ],
        cap,
      );
      return peak + (cap ? snow : '');
    }) + rect(0, y - 1, width, height - y, colour)
  );
}

function plain({ width, height, chance }: Stage): string {
  const tone = chance.pick(['#c9d3d8', '#d6cfc4', '#cdd3c2', '#d3cad8'] as const);
  const halo = glow('halo', width / 2, height * 0.42, Math.max(width, height) * 0.55, lighter(tone, 0.7), 0.9);
  return gradient('wall', lighter(tone, 0.25), darker(tone, 0.12)) + rect(0, 0, width, height, 'url(#wall)') + halo;
}

function forest(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    lit,
    ground,
    chance,
    sky: [, haze],
  } = stage;
  const green = chance.pick(['#2f6b45', '#3d6f3a', '#2d6357'] as const);
  const row = (y: number, size: number, count: number, colour: string) =>
    many(count, (i) =>
      conifer(
        stage,
        (width * (i + chance.between(0.1, 0.9))) / count,
        y + chance.between(-10, 20) * unit,
        size * unit * chance.between(0.75, 1.2),
        colour,
      ),
    );
  return (
    row(horizon, 240, 13, mix(lit(green), haze, 0.5)) +
    hills(stage, horizon, 14 * unit, mix(ground('#5d8a4e'), haze, 0.25)) +
    row(horizon + height * 0.1, 380, 8, mix(lit(green), haze, 0.22)) +
    hills(stage, horizon + height * 0.1, 20 * unit, ground('#4a7a42')) +
    conifer(stage, width * 0.04, height * 0.86, 780 * unit, lit(darker(green, 0.15))) +
    conifer(stage, width * 0.97, height * 0.88, 700 * unit, lit(darker(green, 0.15)))
  );
}

function conifer({ weather, lit }: Stage, x: number, y: number, size: number, colour: string): string {
  const tiers = [
    [1, 0.48, 0.27],
    [0.76, 0.34, 0.22],
    [0.54, 0.14, 0.16],
  ] as const;
  const trunk = rect(x - size * 0.03, y - size * 0.16, size * 0.06, size * 0.16, mix(colour, '#3a2618', 0.6));
  const branches = tiers.map(([, low, half], i) => {
    const [bottom, top] = [y - size * (0.12 + i * 0.24), y - size * (0.52 + i * 0.24)];
    const tier = polygon(
      [
        [x - half * size, bottom],
        [x, top],
        [x + half * size, bottom],
      ],
      i % 2 ? lighter(colour, 0.05) : colour,
    );
    const cap = polygon(
      [
        [x - half * size * 0.45, top + (bottom - top) * 0.45],
        [x, top],
        [x + half * size * 0.45, top + (bottom - top) * 0.45],
      ],
      mix(lit('#eef4fb'), colour, low),
    );
    return tier + (weather === 'snow' ? cap : '');
  });
  return trunk + branches.join('');
}

function sea(stage: Stage): string {
  const { width, height, horizon, unit, lit, ground, chance, hour } = stage;
  const water =
    gradient('water', lit(hour === 'dusk' ? '#c98a86' : '#5aa5c4'), lit('#1f5f86')) +
    rect(0, horizon, width, height - horizon, 'url(#water)');
  const wave = () => {
    const depth = chance.next();
    const [x, y, w] = [
      chance.between(0, width),
      horizon + (12 * unit + depth * height * 0.24),
      (20 + depth * 60) * unit,
    ];
    return `M${round(x)} ${round(y)}q${round(w / 2)} ${round(-w / 6)} ${round(w)} 0`;
  };
  const waves = line(many(46, wave), lit('#e6f5f8'), 3.5 * unit, 'stroke-opacity=".6"');
  return (
    water +
    ship(stage, width * chance.pick([0.16, 0.84] as const), horizon + 12 * unit) +
    waves +
    hills(stage, height * 0.84, 16 * unit, ground('#e2c48d'))
  );
}

function ship({ unit, lit }: Stage, x: number, y: number): string {
  const hull = path('M-90 -14H90L66 26H-62Z', lit('#6b4226'));
  const masts = line('M-26 -14V-150M34 -14V-176', lit('#4a2c1c'), 7);
  const sails =
    path('M-24 -140C26 -120 26 -60 -24 -34Z', lit('#f4ead2')) + path('M36 -166C96 -140 96 -70 36 -40Z', lit('#efe0bf'));
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${unit * 1.1})">${hull}${masts}${sails}${path('M34 -176l34 10l-34 12Z', lit('#b8352b'))}</g>`;
}

function mountains(stage: Stage): string {
  const {
    height,
    horizon,
    unit,
    lit,
    ground,
    sky: [, haze],
  } = stage;
  return (
    ridge(stage, horizon + 20 * unit, height * 0.34, mix(lit('#7d8fae'), haze, 0.45), mix(lit('#ffffff'), haze, 0.2)) +
    ridge(stage, horizon + height * 0.1, height * 0.24, mix(lit('#5f7290'), haze, 0.12), lit('#f4f8ff')) +
    hills(stage, horizon + height * 0.12, 24 * unit, ground('#6f8f5a')) +
    hills(stage, horizon + height * 0.22, 24 * unit, ground('#557a4a'))
  );
}

function castle(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    lit,
    ground,
    chance,
    sky: [, haze],
  } = stage;
  const x = width * chance.pick([0.2, 0.8] as const);
  return (
    ridge(stage, horizon + 10 * unit, height * 0.18, mix(lit('#8091a8'), haze, 0.5)) +
    ellipse(x, horizon + 150 * unit, 430 * unit, 190 * unit, ground('#66864f')) +
    keep(stage, x, horizon + 12 * unit) +
    hills(stage, horizon + height * 0.14, 26 * unit, ground('#5b8049')) +
    path(
      `M${round(x)} ${round(horizon + 60 * unit)}C${round(x - 90 * unit)} ${round(horizon + 190 * unit)} ${round(width * 0.5)} ${round(height * 0.75)} ${round(width * 0.4)} ${height}H${round(width * 0.62)}C${round(width * 0.6)} ${round(height * 0.78)} ${round(x + 20 * unit)} ${round(horizon + 190 * unit)} ${round(x + 26 * unit)} ${round(horizon + 60 * unit)}Z`,
      ground('#c9b48c'),
    )
  );
}

function keep(stage: Stage, x: number, y: number): string {
  const { unit, lit, chance } = stage;
  const [stone, roof] = [lit('#b3aca3'), lit(chance.pick(['#7d3440', '#37507e', '#4a5a4c'] as const))];
  const wall =
    rect(-190, -150, 380, 170, stone) +
    many(10, (i) => rect(-190 + i * 40, -172, 22, 24, stone)) +
    path('M-32 20V-50A32 32 0 0 1 32 -50V20Z', darker(stone, 0.6));
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${unit})">${turret(stage, 0, 330, 96, stone, roof)}${wall}${turret(stage, -190, 250, 80, stone, roof)}${turret(stage, 190, 280, 80, stone, roof)}</g>`;
}

function turret({ hour, lit }: Stage, x: number, height: number, width: number, stone: string, roof: string): string {
  const window = hour === 'night' || hour === 'dusk' ? '#ffd673' : darker(stone, 0.55);
  const flag =
    line(`M${x} ${-height - 96}v-46`, lit('#4a3a30'), 4) + path(`M${x} ${-height - 142}l40 12l-40 14Z`, lit('#d04a3f'));
  const panes = [0.84, 0.66].map((part) => rect(x - 9, -height * part, 18, 34, window, 'rx="9"')).join('');
  return (
    rect(x - width / 2, -height, width, height + 20, darker(stone, 0.08)) +
    polygon(
      [
        [x - width * 0.64, -height],
        [x, -height - 100],
        [x + width * 0.64, -height],
      ],
      roof,
    ) +
    panes +
    flag
  );
}

function city(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    lit,
    ground,
    chance,
    sky: [, haze],
  } = stage;
  const row = (y: number, size: number, count: number, pale: number) =>
    many(count, (i) =>
      house(
        stage,
        (width * i) / count,
        y,
        (width / count) * 1.02,
        size * unit * chance.between(0.75, 1.15),
        pale,
        haze,
      ),
    );
  const stones = many(60, () =>
    ellipse(
      chance.between(0, width),
      chance.between(horizon + height * 0.15, height),
      chance.between(14, 30) * unit,
      8 * unit,
      ground('#a2978a'),
      'fill-opacity=".6"',
    ),
  );
  return (
    row(horizon + 20 * unit, 330, 9, 0.5) +
    row(horizon + height * 0.13, 380, 6, 0.08) +
    rect(0, horizon + height * 0.13, width, height, ground('#8d8378')) +
    stones +
    lamp(stage, width * 0.07, height * 0.84) +
    lamp(stage, width * 0.93, height * 0.84) +
    line(`M0 ${round(horizon + height * 0.131)}H${width}`, lit('#6a6058'), 6 * unit)
  );
}

function house(stage: Stage, x: number, y: number, width: number, tall: number, pale: number, haze: string): string {
  const { chance, hour, lit } = stage;
  const wall = mix(lit(chance.pick(['#e6d2ae', '#d9b08c', '#c9c2b4', '#b7c0b0', '#d8a79a'] as const)), haze, pale);
  const roof = mix(lit(chance.pick(['#8e4436', '#6d4a3a', '#4f5a6d'] as const)), haze, pale);
  const dark = hour === 'night' || hour === 'dusk';
  const pane = (i: number) => {
    const colour = dark && chance.next() < 0.7 ? '#ffd673' : darker(wall, 0.45);
    return rect(
      x + width * (i % 2 ? 0.6 : 0.2),
      y - tall * (i < 2 ? 0.75 : 0.42),
      width * 0.2,
      tall * 0.17,
      colour,
      `stroke="${darker(roof, 0.2)}" stroke-width="3"`,
    );
  };
  const beams = line(`M${round(x)} ${round(y - tall * 0.5)}h${round(width)}`, darker(roof, 0.2), width * 0.035);
  return (
    rect(x, y - tall, width, tall + 2, wall) +
    beams +
    many(4, pane) +
    polygon(
      [
        [x - width * 0.06, y - tall],
        [x + width / 2, y - tall - width * 0.55],
        [x + width * 1.06, y - tall],
      ],
      roof,
    )
  );
}

function lamp({ unit, hour }: Stage, x: number, y: number): string {
  const shines = hour === 'night' || hour === 'dusk';
  const light = shines ? glow(`lamp${Math.round(x)}`, x, y - 430 * unit, 190 * unit, '#ffd673', 0.75) : '';
  return (
    light +
    rect(x - 7 * unit, y - 400 * unit, 14 * unit, 400 * unit, '#2c2a33') +
    circle(
      x,
      y - 430 * unit,
      32 * unit,
      shines ? '#fff0b8' : '#d9dde0',
      `stroke="#2c2a33" stroke-width="${round(7 * unit)}"`,
    )
  );
}

function tavern(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    chance,
    sky: [top, bottom],
    hour,
  } = stage;
  const plank = (i: number) => rect((width * i) / 10, 0, width / 10 + 1, height, i % 2 ? '#6e4a30' : '#75502f');
  const beams =
    rect(0, 0, width, 60 * unit, '#3f2817') +
    [0.04, 0.92].map((x) => rect(width * x, 0, 44 * unit, height, '#4a301c')).join('');
  const pane =
    gradient('pane', top, bottom) +
    rect(
      width * 0.12,
      horizon * 0.3,
      220 * unit,
      260 * unit,
      'url(#pane)',
      `stroke="#3f2817" stroke-width="${round(16 * unit)}" rx="8"`,
    ) +
    line(
      `M${round(width * 0.12 + 110 * unit)} ${round(horizon * 0.3)}v${round(260 * unit)}M${round(width * 0.12)} ${round(horizon * 0.3 + 130 * unit)}h${round(220 * unit)}`,
      '#3f2817',
      10 * unit,
    );
  const bottle = (row: number) => (i: number) =>
    rect(
      width * 0.68 + i * 34 * unit,
      horizon * row - 70 * unit,
      22 * unit,
      70 * unit,
      chance.pick(['#7fa05a', '#b5533c', '#d9a441', '#5a86a0'] as const),
      'rx="7"',
    );
  const shelves = [0.5, 0.86]
    .map((row) => many(7, bottle(row)) + rect(width * 0.66, horizon * row, width * 0.27, 16 * unit, '#3f2817'))
    .join('');
  const glows = [0.3, 0.7]
    .map(
      (x, i) =>
        line(`M${round(width * x)} 0v${round(150 * unit)}`, '#2c1b10', 5 * unit) +
        circle(width * x, 170 * unit, 26 * unit, '#ffe3a0') +
        glow(`lantern${i}`, width * x, 170 * unit, 330 * unit, '#ffb84d', hour === 'day' ? 0.45 : 0.7),
    )
    .join('');
  return (
    many(10, plank) +
    pane +
    shelves +
    rect(0, horizon + height * 0.14, width, height, '#4d331f') +
    beams +
    barrels(stage) +
    glows
  );
}

function barrels({ width, height, unit }: Stage): string {
  const barrel = (x: number) =>
    ellipse(x, height * 0.76, 120 * unit, 150 * unit, '#8a5a33', `stroke="#3f2817" stroke-width="${round(8 * unit)}"`) +
    line(
      `M${round(x - 112 * unit)} ${round(height * 0.72)}h${round(224 * unit)}M${round(x - 112 * unit)} ${round(height * 0.79)}h${round(224 * unit)}`,
      '#3a3a40',
      12 * unit,
    );
  return barrel(width * 0.1) + barrel(width * 0.92);
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
    return polygon(
      [
        [x - w, -2],
        [x, l],
        [x + w, -2],
      ],
      darker(rock, 0.5),
    );
  };
  const crystal = (i: number) => {
    const [x, h] = [
      width * (i < 4 ? chance.between(0.01, 0.24) : chance.between(0.76, 0.99)),
      chance.between(90, 230) * unit,
    ];
    return polygon(
      [
        [x - 26 * unit, height * 0.82],
        [x - 18 * unit, height * 0.82 - h],
        [x, height * 0.8 - h - 30 * unit],
        [x + 20 * unit, height * 0.82 - h * 0.9],
        [x + 28 * unit, height * 0.82],
      ],
      mix(shine, rock, chance.between(0.1, 0.45)),
    );
  };
  const wall = gradient('rock', darker(rock, 0.45), rock) + rect(0, 0, width, height, 'url(#rock)');
  return (
    wall +
    glow('deep', width / 2, horizon, Math.max(width, height) * 0.55, shine, 0.5) +
    hills(stage, horizon + height * 0.1, 30 * unit, darker(rock, 0.3)) +
    many(9, spike) +
    many(8, crystal)
  );
}

function desert(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    lit,
    ground,
    chance,
    sky: [, haze],
  } = stage;
  const x = width * chance.pick([0.15, 0.82] as const);
  const [size, y] = [chance.between(230, 330) * unit, horizon + 10 * unit];
  const pyramid =
    polygon(
      [
        [x - size, y],
        [x, y - size],
        [x + size, y],
      ],
      mix(lit('#d8a860'), haze, 0.3),
    ) +
    polygon(
      [
        [x, y - size],
        [x + size, y],
        [x + size * 0.25, y],
      ],
      mix(lit('#a97a42'), haze, 0.3),
    );
  return (
    pyramid +
    hills(stage, horizon, 26 * unit, mix(ground('#ecc98a'), haze, 0.3)) +
    hills(stage, horizon + height * 0.09, 44 * unit, ground('#e0b067')) +
    hills(stage, horizon + height * 0.2, 44 * unit, ground('#cf9850')) +
    cactus(stage, width * 0.08, height * 0.84) +
    cactus(stage, width * 0.9, height * 0.8)
  );
}

function cactus({ unit, lit }: Stage, x: number, y: number): string {
  const arm = (d: string) => line(d, lit('#4f7d4a'), 44, 'stroke-linejoin="round"');
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${unit})">${arm('M0 0V-280')}${arm('M0 -90H-70V-170')}${arm('M0 -130H66V-220')}</g>`;
}

function meadow(stage: Stage): string {
  const {
    width,
    height,
    horizon,
    unit,
    lit,
    ground,
    chance,
    sky: [, haze],
  } = stage;
  const flower = () => {
    const [x, y] = [chance.between(0, width), chance.between(horizon + height * 0.14, height * 0.86)];
    return (
      circle(
        x,
        y,
        chance.between(7, 13) * unit,
        lit(chance.pick(['#e8556d', '#f5d04f', '#ffffff', '#a77ad6', '#f08a4b'] as const)),
      ) + circle(x, y, 4 * unit, lit('#f7c948'))
    );
  };
  const cottage = house(
    stage,
    width * chance.pick([0.06, 0.72] as const),
    horizon + 40 * unit,
    210 * unit,
    120 * unit,
    0.1,
    haze,
  );
  return (
    hills(stage, horizon - 20 * unit, 40 * unit, mix(ground('#86a96b'), haze, 0.4)) +
    cottage +
    hills(stage, horizon + 50 * unit, 30 * unit, ground('#7bab57')) +
    hills(stage, horizon + height * 0.15, 34 * unit, ground('#639a48')) +
    many(stage.weather === 'snow' ? 8 : 70, flower)
  );
}
