// What the preview's figure wears: five outfits in its own colours, and its emblem on the chest.
import type { Emblem, Looks, Outfit } from './looks.ts';
import { circle, darker, ellipse, lighter, line, path, polygon } from './pen.ts';

export function clothes(looks: Looks): string {
  const neck = path('M170 230V290C180 306 220 306 230 290V230Z', darker(looks.skin, 0.15), pen(looks.skin));
  return neck + OUTFITS[looks.outfit](looks, torso(looks)) + emblem(looks);
}

function pen(colour: string): string {
  return `stroke="${darker(colour, 0.6)}" stroke-width="4" stroke-linejoin="round"`;
}

/** Shoulders, upper arms and trunk in one line; it runs out of the box below, where the band hides it. */
function torso({ build }: Looks): string {
  const [out, low] = [84 - build * 20, 66 - build * 26];
  const left = `M172 284C150 296 ${out + 26} 298 ${out} 330C${low} 372 ${low - 6} 470 ${low - 8} 580`;
  const right = `H${408 - low}C${406 - low} 470 ${400 - low} 372 ${400 - out} 330C${374 - out} 298 250 296 228 284`;
  return `${left}${right}C222 306 178 306 172 284Z`;
}

function arms(colour: string): string {
  return line('M112 398C104 450 104 510 106 570M288 398C296 450 296 510 294 570', darker(colour, 0.45), 5);
}

const OUTFITS: Record<Outfit, (looks: Looks, body: string) => string> = {
  tunic: ({ cloth, lining, trim, skin }, body) =>
    path(body, cloth, pen(cloth)) +
    path('M160 288L200 356L240 288C226 306 174 306 160 288Z', skin) +
    line('M160 290L200 358L240 290', trim, 9) +
    arms(cloth) +
    path('M104 500H296V528H104Z', lining, pen(lining)) +
    path('M184 494H216V534H184Z', trim, pen(trim)),
  cloak: ({ cloth, lining, trim }, body) =>
    path(body, lining, pen(lining)) +
    path('M176 282C140 300 60 300 34 590H122C126 480 150 380 192 318Z', cloth, pen(cloth)) +
    path('M224 282C260 300 340 300 366 590H278C274 480 250 380 208 318Z', cloth, pen(cloth)) +
    line('M104 420C92 470 84 520 82 570M296 420C308 470 316 520 318 570', darker(cloth), 5) +
    path(
      'M150 284C166 330 234 330 250 284C262 300 250 338 200 340C150 338 138 300 150 284Z',
      lighter(cloth, 0.18),
      pen(cloth),
    ) +
    circle(200, 326, 15, trim, pen(trim)),
  armour: ({ cloth, lining, trim }, body) =>
    path(body, cloth, pen(cloth)) +
    path(
      'M126 318C150 334 250 334 274 318C290 380 286 450 262 500C230 520 170 520 138 500C114 450 110 380 126 318Z',
      STEEL,
      pen(STEEL),
    ) +
    line('M200 332V352M200 446V510', darker(STEEL), 4) +
    [92, 308]
      .map((x) => ellipse(x, 336, 56, 42, STEEL, pen(STEEL)) + line(`M${x - 38} 346q38 24 76 0`, trim, 7))
      .join('') +
    path('M164 282C180 312 220 312 236 282L246 302C222 332 178 332 154 302Z', lining, pen(lining)) +
    path('M120 508H280V532H120Z', lining, pen(lining)),
  robe: ({ cloth, lining, trim }, body) =>
    path(body, cloth, pen(cloth)) +
    path('M160 286L196 372L188 590H216L212 372L240 286L222 296L200 352L178 296Z', lining, pen(lining)) +
    line('M156 290L194 374M244 290L206 374', trim, 8) +
    arms(cloth) +
    path('M112 494C160 510 240 510 288 494V522C240 538 160 538 112 522Z', trim, pen(trim)),
  coat: ({ cloth, lining, trim }, body) =>
    path(body, cloth, pen(cloth)) +
    path('M164 286L200 400L236 286C220 308 180 308 164 286Z', lining, pen(lining)) +
    path(
      'M164 284L138 306L152 352L140 362L198 424V396Z M236 284L262 306L248 352L260 362L202 424V396Z',
      darker(cloth, 0.2),
      pen(cloth),
    ) +
    line('M200 424V580', darker(cloth, 0.5), 4) +
    [470, 514].map((y) => circle(186, y, 7, trim, pen(trim)) + circle(214, y, 7, trim, pen(trim))).join('') +
    arms(cloth),
};

const STEEL = '#a7b1bd';

/** On a small round shield of its own, so that it reads on any cloth. */
function emblem({ emblem: kind, trim, cloth, lining, outfit }: Looks): string {
  const [x, y] = outfit === 'coat' ? [272, 410] : outfit === 'robe' ? [268, 424] : [200, 416];
  const size = outfit === 'coat' || outfit === 'robe' ? 0.62 : 1;
  const ground = outfit === 'armour' ? cloth : darker(outfit === 'cloak' ? lining : cloth, 0.55);
  const shield = circle(0, 0, 40, ground, `stroke="${trim}" stroke-width="5"`);
  return `<g transform="translate(${x} ${y}) scale(${size})">${shield}${EMBLEMS[kind](lighter(trim, 0.15))}</g>`;
}

const EMBLEMS: Record<Emblem, (colour: string) => string> = {
  star: (colour) => polygon(colour, ...spikes(5, 28, 12)),
  sun: (colour) => polygon(colour, ...spikes(10, 30, 19)) + circle(0, 0, 13, darker(colour, 0.3)),
  moon: (colour) => path('M10 -26A27 27 0 1 0 10 26A21 21 0 1 1 10 -26Z', colour),
  leaf: (colour) =>
    path('M0 -28C24 -14 22 14 0 24C-22 14 -24 -14 0 -28Z', colour) + line('M0 -16V32', darker(colour, 0.5), 4),
  flame: (colour) =>
    path(
      'M2 -30C6 -14 22 -8 20 10C18 26 -18 26 -20 8C-20 -4 -10 -8 -10 -18C-4 -16 -2 -10 0 -8C4 -14 4 -22 2 -30Z',
      colour,
    ),
  drop: (colour) =>
    path('M0 -28C10 -8 22 0 20 12C17 28 -17 28 -20 12C-22 0 -10 -8 0 -28Z', colour) +
    line('M-10 12q2 8 9 9', lighter(colour, 0.6), 4),
  diamond: (colour) =>
    path('M0 -28L22 0L0 28L-22 0Z', colour) + line('M-22 0H22M0 -28L-8 0L0 28L8 0Z', darker(colour, 0.4), 2.5),
  tree: (colour) =>
    circle(0, -10, 18, colour) + circle(-13, 2, 12, colour) + circle(13, 2, 12, colour) + line('M0 0V28', colour, 7),
};

function spikes(count: number, outer: number, inner: number): number[] {
  return Array.from({ length: count * 2 }, (_, i) => i).flatMap((i) => {
    const [r, angle] = [i % 2 ? inner : outer, (i * Math.PI) / count - Math.PI / 2];
    return [Math.cos(angle) * r, Math.sin(angle) * r];
  });
}
