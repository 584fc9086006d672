// The things that stand about in the preview's places, each drawn around (0, 0) at its foot and then put where it belongs.
import { circle, darker, ellipse, glow, lighter, line, many, mix, path, polygon, rect, round } from './pen.ts';
import type { Stage } from './stage.ts';

const WARM = '#ffd673';

/** Puts a drawing with its (0, 0) at x, y. */
function put(x: number, y: number, scale: number, drawing: string): string {
  return `<g transform="translate(${round(x)} ${round(y)}) scale(${Math.round(scale * 1000) / 1000})">${drawing}</g>`;
}

const lightsAreOn = ({ hour }: Stage): boolean => hour === 'night' || hour === 'dusk';

/** `size` is its height in pixels. */
export function conifer({ weather, lit }: Stage, x: number, y: number, size: number, colour: string): string {
  const tier = (half: number, low: number, high: number, fill: string) =>
    polygon(fill, -half, -low, 0, -high, half, -low);
  const cap = (half: number, low: number, high: number) =>
    weather === 'snow' ? tier(half * 0.45, low + (high - low) * 0.55, high, mix(lit('#eef4fb'), colour, 0.25)) : '';
  const whole =
    rect(-30, -160, 60, 160, mix(colour, '#3a2618', 0.6)) +
    tier(270, 120, 520, colour) +
    cap(270, 120, 520) +
    tier(220, 360, 760, lighter(colour, 0.05)) +
    cap(220, 360, 760) +
    tier(160, 600, 1000, colour) +
    cap(160, 600, 1000);
  return put(x, y, size / 1000, whole);
}

export function ship({ unit, lit }: Stage, x: number, y: number): string {
  const hull = path('M-90 -14H90L66 26H-62Z', lit('#6b4226'));
  const masts = line('M-26 -14V-150M34 -14V-176', lit('#4a2c1c'), 7);
  const sails = path('M-24 -140C26 -120 26 -60 -24 -34ZM36 -166C96 -140 96 -70 36 -40Z', lit('#f4ead2'));
  return put(x, y, unit * 1.1, hull + masts + sails + path('M34 -176l34 10l-34 12Z', lit('#b8352b')));
}

export function castleOn(stage: Stage, x: number, y: number): string {
  const { unit, lit, chance } = stage;
  const [stone, roof] = [lit('#b3aca3'), lit(chance.pick(['#7d3440', '#37507e', '#4a5a4c'] as const))];
  const wall = rect(-190, -150, 380, 170, stone) + many(10, (i) => rect(-190 + i * 40, -172, 22, 24, stone));
  const gate = path('M-32 20V-50A32 32 0 0 1 32 -50V20Z', darker(stone, 0.6));
  const tower = (at: number, height: number, width: number) => put(at, 0, 1, turret(stage, height, width, stone, roof));
  return put(x, y, unit, tower(0, 330, 96) + wall + gate + tower(-190, 250, 80) + tower(190, 280, 80));
}

function turret(stage: Stage, height: number, width: number, stone: string, roof: string): string {
  const window = lightsAreOn(stage) ? WARM : darker(stone, 0.55);
  const eaves = width * 0.64;
  return (
    rect(-width / 2, -height, width, height + 20, darker(stone, 0.08)) +
    polygon(roof, -eaves, -height, 0, -height - 100, eaves, -height) +
    [0.84, 0.66].map((part) => rect(-9, -height * part, 18, 34, window, 'rx="9"')).join('') +
    line(`M0 ${-height - 96}v-46`, stage.lit('#4a3a30'), 4) +
    path(`M0 ${-height - 142}l40 12l-40 14Z`, stage.lit('#d04a3f'))
  );
}

interface HouseShape {
  width: number;
  /** Of the walls; the roof comes on top. */
  tall: number;
  /** 0 near, 1 lost in the haze. */
  pale: number;
}

/** x is its left edge. */
export function house(stage: Stage, x: number, y: number, { width, tall, pale }: HouseShape): string {
  const { chance, lit, sky } = stage;
  const wall = mix(lit(chance.pick(['#e6d2ae', '#d9b08c', '#c9c2b4', '#b7c0b0', '#d8a79a'] as const)), sky[1], pale);
  const roof = mix(lit(chance.pick(['#8e4436', '#6d4a3a', '#4f5a6d'] as const)), sky[1], pale);
  const wood = darker(roof, 0.2);
  const pane = (i: number) => {
    const fill = lightsAreOn(stage) && chance.next() < 0.7 ? WARM : darker(wall, 0.45);
    const [left, top] = [width * (i % 2 ? 0.6 : 0.2), tall * (i < 2 ? 0.75 : 0.42)];
    return rect(left, -top, width * 0.2, tall * 0.17, fill, `stroke="${wood}" stroke-width="3"`);
  };
  const gable = polygon(roof, -width * 0.06, -tall, width / 2, -tall - width * 0.55, width * 1.06, -tall);
  const beam = line(`M0 ${round(-tall / 2)}h${round(width)}`, wood, width * 0.035);
  return put(x, y, 1, rect(0, -tall, width, tall + 2, wall) + beam + many(4, pane) + gable);
}

export function streetLamp(stage: Stage, x: number, y: number): string {
  const on = lightsAreOn(stage);
  const light = on ? glow(`lamp${Math.round(x)}`, 0, -430, 190, WARM, 0.75) : '';
  const rim = 'stroke="#2c2a33" stroke-width="7"';
  const globe = circle(0, -430, 32, on ? '#fff0b8' : '#d9dde0', rim);
  return put(x, y, stage.unit, light + rect(-7, -400, 14, 400, '#2c2a33') + globe);
}

export function crossWindow({ unit }: Stage, x: number, y: number, sky: string): string {
  const frame = rect(0, 0, 220, 260, sky, 'stroke="#3f2817" stroke-width="16" rx="8"');
  return put(x, y, unit, frame + line('M110 0v260M0 130h220', '#3f2817', 10));
}

export function shelf({ unit, chance }: Stage, x: number, y: number): string {
  const glass = () => chance.pick(['#7fa05a', '#b5533c', '#d9a441', '#5a86a0'] as const);
  const bottle = (i: number) =>
    rect(12 + i * 36, -78, 24, 78, glass(), 'rx="7"') + rect(19 + i * 36, -96, 10, 26, glass());
  return put(x, y, unit, many(7, bottle) + rect(0, 0, 270, 16, '#3f2817'));
}

export function barrel({ unit }: Stage, x: number, y: number): string {
  const staves = ellipse(0, -80, 120, 150, '#8a5a33', 'stroke="#3f2817" stroke-width="8"');
  return put(x, y, unit, staves + line('M-112 -130H112M-112 -40H112', '#3a3a40', 12));
}

export function hangingLantern({ unit, hour }: Stage, id: string, x: number): string {
  const light = glow(id, 0, 170, 330, '#ffb84d', hour === 'day' ? 0.45 : 0.7);
  return put(x, 0, unit, line('M0 0V150', '#2c1b10', 5) + circle(0, 170, 26, '#ffe3a0') + light);
}

export function cactus({ unit, lit }: Stage, x: number, y: number): string {
  const stems = 'M0 0V-280M0 -90H-70V-170M0 -130H66V-220';
  return put(x, y, unit, line(stems, lit('#4f7d4a'), 44, 'stroke-linejoin="round"'));
}

export function crystal({ unit, chance }: Stage, x: number, y: number, colour: string): string {
  const high = chance.between(110, 250);
  const lit = polygon(colour, -26, 0, -18, -high, 0, -high - 30, 20, -high * 0.9, 28, 0);
  return put(x, y, unit, lit + polygon(darker(colour, 0.25), 4, 0, 0, -high - 30, 20, -high * 0.9, 28, 0));
}

export function flower({ unit, lit, chance }: Stage, x: number, y: number): string {
  const petals = lit(chance.pick(['#e8556d', '#f5d04f', '#ffffff', '#a77ad6', '#f08a4b'] as const));
  return put(x, y, unit, circle(0, 0, chance.between(7, 13), petals) + circle(0, 0, 4, lit('#f7c948')));
}

export function campfire({ unit }: Stage, x: number, y: number): string {
  const logs = line('M-50 8L50 -6M-50 -6L50 8', '#4a2c1c', 18);
  const outer = path('M0 -120C20 -70 56 -60 46 -10C38 14 -38 14 -46 -10C-54 -52 -14 -60 0 -120Z', '#f2722b');
  const inner = path('M4 -76C16 -44 32 -36 26 -8C18 8 -22 8 -26 -10C-28 -36 -4 -40 4 -76Z', '#ffc84a');
  return put(x, y, unit * 1.5, logs + outer + inner);
}
