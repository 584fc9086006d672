// The preview's figure, head to hips, 400 wide, with the face's centre at (200, 170).
import { clothes } from './clothes.ts';
import { beard, hairBefore, hairBehind } from './hair.ts';
import type { Looks } from './looks.ts';
import { circle, darker, ellipse, lighter, line, path } from './pen.ts';

/** It is drawn to 580 and beyond, of which the band leaves `shown` to be seen. */
export const FIGURE = { width: 400, shown: 490 } as const;

/** @param tilt of the head, in degrees; the only part that a scene may move. */
export function figure(looks: Looks, tilt: number): string {
  const head = [
    ears(looks),
    face(looks),
    trinketUnder(looks),
    eyes(looks),
    mouth(looks),
    hairBefore(looks),
    trinketOver(looks),
  ];
  const turn = `transform="rotate(${tilt} 200 250)"`;
  return `<g ${turn}>${hairBehind(looks)}</g>${clothes(looks)}<g ${turn}>${head.join('')}</g>`;
}

function pen(colour: string): string {
  return `stroke="${darker(colour, 0.6)}" stroke-width="4" stroke-linejoin="round"`;
}

function ears({ skin, pointedEars }: Looks): string {
  const shape = pointedEars ? 'M122 168L70 128C74 170 90 204 124 212Z' : 'M124 168C98 156 94 212 126 210Z';
  const ear =
    path(shape, skin, pen(skin)) + line(pointedEars ? 'M112 180L90 156' : 'M114 178q-8 8 0 18', darker(skin, 0.3), 3);
  return `${ear}<g transform="translate(400 0) scale(-1 1)">${ear}</g>`;
}

function face(looks: Looks): string {
  const { skin, jaw } = looks;
  const [cheek, chin] = [212 + jaw * 14, 30 + jaw * 22];
  const left = `C118 ${cheek} ${200 - chin - 30} 262 ${200 - chin / 2} 266`;
  const right = `C${200 + chin + 30} 262 282 ${cheek} 282 160`;
  const shape = `M118 160${left}H${200 + chin / 2}${right}C282 84 118 84 118 160Z`;
  const blush = [150, 250].map((x) => ellipse(x, 216, 17, 9, '#e0524d', 'fill-opacity=".22"')).join('');
  const nose = line('M202 196q7 12 -4 15', darker(skin, 0.35), 4);
  return path(shape, skin, pen(skin)) + blush + beard(looks) + nose;
}

function eyes(looks: Looks): string {
  const { mood, glasses, trinket } = looks;
  const right = `<g transform="translate(400 0) scale(-1 1)">${brow(looks)}</g>`;
  const [one, other] = [eye(164, looks), trinket === 'eyepatch' ? patch() : eye(236, looks)];
  const tear = mood === 'sad' ? path('M150 212q-9 16 0 18q9 -2 0 -18Z', '#9fd4f2') : '';
  return one + other + brow(looks) + right + tear + (glasses ? spectacles() : '');
}

function eye(x: number, { eyeColour, mood, skin }: Looks): string {
  const [h, lash] = [mood === 'amazed' ? 24 : mood === 'angry' ? 17 : 20, darker(skin, 0.8)];
  return [
    ellipse(x, 182, 19, h, '#fffdf8'),
    ellipse(x, 184, 13, Math.min(16, h - 2), eyeColour),
    ellipse(x, 185, 6.5, 9, '#191420'),
    circle(x + 5, 177, 4.5, '#ffffff'),
    circle(x - 5, 190, 2.5, '#ffffff', 'fill-opacity=".8"'),
    line(`M${x - 20} ${184 - h / 3}Q${x} ${176 - h} ${x + 20} ${184 - h / 3}`, lash, 6),
  ].join('');
}

function brow({ mood, hair, hairColour, skin }: Looks): string {
  const shapes = {
    calm: 'M142 148q20 -10 42 -2',
    happy: 'M142 146q20 -14 42 -4',
    sad: 'M142 152q24 -4 42 -16',
    angry: 'M142 140q24 4 44 16',
    amazed: 'M142 138q20 -16 42 -6',
  };
  return line(shapes[mood], darker(hair === 'bald' ? skin : hairColour, 0.4), 7);
}

function mouth({ mood, skin }: Looks): string {
  const lip = darker(skin, 0.65);
  if (mood === 'amazed') return ellipse(200, 240, 10, 13, lip);
  if (mood === 'happy')
    return (
      path(
        'M174 230Q200 238 226 230Q220 256 200 256T174 230Z',
        '#8c2f39',
        `stroke="${lip}" stroke-width="4" stroke-linejoin="round"`,
      ) + path('M180 233Q200 239 220 233L216 240H184Z', '#ffffff')
    );
  const shapes = { calm: 'M180 236q20 10 40 0', sad: 'M180 244q20 -14 40 0', angry: 'M178 240q22 -8 44 0' };
  return line(shapes[mood], lip, 5);
}

function patch(): string {
  return `${line('M116 150L284 196', '#2a2430', 7)}${path('M212 168C226 160 250 164 260 178C262 202 250 212 236 212C220 210 210 190 212 168Z', '#2a2430')}`;
}

function spectacles(): string {
  const rim = 'stroke="#3a3340" stroke-width="5" fill-opacity=".14"';
  return `${circle(164, 184, 30, '#cfe8ff', rim)}${circle(236, 184, 30, '#cfe8ff', rim)}${line('M194 180q6 -5 12 0', '#3a3340', 5)}`;
}

/** On the skin, below eyes and hair. */
function trinketUnder({ trinket, skin, trim }: Looks): string {
  if (trinket === 'scar') return line('M252 132L232 226M236 168l14 4M232 196l14 4', darker(skin, 0.4), 4);
  if (trinket === 'facepaint') return line('M132 206L158 212M136 220L160 223M268 206L242 212M264 220L240 223', trim, 7);
  if (trinket !== 'freckles') return '';
  const spots = [
    [140, 208],
    [152, 216],
    [164, 208],
    [148, 226],
    [236, 208],
    [248, 216],
    [260, 208],
    [252, 226],
    [194, 200],
    [208, 202],
  ] as const;
  return spots.map(([x, y]) => circle(x, y, 2.8, darker(skin, 0.4))).join('');
}

/** Over the hair. */
function trinketOver({ trinket, trim, lining }: Looks): string {
  const edge = pen(trim);
  if (trinket === 'circlet')
    return line('M118 132Q200 96 282 132', trim, 9) + path('M200 96L212 114L200 134L188 114Z', lighter(lining), edge);
  if (trinket === 'headband')
    return line('M116 136Q200 102 284 136', lining, 17) + line('M116 136Q200 102 284 136', trim, 4);
  if (trinket === 'earrings') return [110, 290].map((x) => path(`M${x} 212l8 18l-8 18l-8 -18Z`, trim, edge)).join('');
  if (trinket === 'feather')
    return (
      path('M280 120C300 80 330 40 356 26C352 62 326 104 288 130Z', trim, edge) +
      line('M286 122Q318 86 346 44', darker(trim), 3)
    );
  return '';
}
