// The page of a comparison: whole in itself, true to its figures, and whatever people wrote is text on it.
import { describe, expect, test } from 'vitest';
import type { Compared } from '../../src/consistency/comparison.ts';
import { pageOf } from '../../src/consistency/page.ts';
import { verdict } from '../../src/consistency/page-figures.ts';
import { type ComparedPicture, figuresOf, mean, type Report, shareAbove } from '../../src/consistency/report.ts';
import type { Strategy } from '../../src/contract.ts';

const HOSTILE = `<img src=x onerror=alert(1)>"'&</style></title><script>alert(2)</script>`;

const picture = (scene: number, strategy: Strategy, score: number | null, more: object = {}): ComparedPicture => ({
  scene,
  strategy,
  generation_id: `${strategy}-${scene}`,
  error: null,
  score,
  score_reason: score === null ? 'nothing stands out from the background' : null,
  seconds: 2.5,
  credits: 1,
  cost_usd: 0.0087,
  recipe: { prompt: `prompt of ${strategy} ${scene}`, seed: 42 },
  ...more,
});

function comparedOf(pictures: ComparedPicture[], baseline: number[], more: Partial<Report> = {}): Compared {
  const strategies = [...new Set(pictures.map(({ strategy }) => strategy))];
  const report: Report = {
    created_at: '2026-11-22T20:01:45.000Z',
    character: { id: 7, name: 'Aino', game_id: 1, reference_revision: 3 },
    paid_by: { id: 1, username: 'Elina' },
    provider: 'preview',
    model: 'preview:1',
    seed: 42,
    measure: 'likeness of colours and shapes',
    scenes: ['a pier', 'a forest'],
    strategies: strategies.map((strategy) => figuresOf(strategy, pictures, baseline)),
    left_out: [{ strategy: 'lora', reason: 'the character has no LoRA' }],
    baseline,
    pictures,
    ...more,
  };
  const made = pictures.filter(({ error }) => error === null);
  const thumbnails = new Map(
    made.map(({ generation_id }) => [generation_id ?? '', Buffer.from(`bytes ${generation_id}`)]),
  );
  return { report, thumbnails, reference: Buffer.from('the reference') };
}

const PICTURES = [
  picture(0, 'prompt', 0.5),
  picture(0, 'reference', 0.8),
  picture(1, 'prompt', null),
  picture(1, 'reference', null, { error: 'The picture was refused.' }),
];
const inside = (text: string) => Buffer.from(text).toString('base64');

describe('the page', () => {
  const page = pageOf(comparedOf(PICTURES, [0.3, 0.6]));

  test('shows the reference, each picture that was made, its recipe, time, price and score', () => {
    for (const bytes of ['the reference', 'bytes prompt-0', 'bytes reference-0', 'bytes prompt-1']) {
      expect(page).toContain(`data:image/webp;base64,${inside(bytes)}`);
    }
    expect(page).not.toContain(inside('bytes reference-1'));
    for (const text of ['prompt of reference 0', '2.5 s', '1 credit', '$0.0087', '0.50', '0.80', 'revision 3'])
      expect(page).toContain(text);
    expect(page).toContain('The picture was refused.');
    expect(page).toContain('no score: nothing stands out from the background');
    expect(page).toContain('lora: the character has no LoRA');
  });

  test('says what the score is, what it is not, and what others score', () => {
    expect(page).toContain('likeness of colours and shapes');
    expect(page).toMatch(/no proof of identity/);
    expect(page).toContain('2 pictures of other characters, from 0.30 to 0.60');
    expect(page).toContain('above 1 of 2 others');
    expect(page).toContain('above 2 of 2 others');
  });

  test('asks nobody for anything, and lets nothing run', () => {
    expect(page).not.toMatch(/<script|javascript:|\son\w+=|<link|url\(|@import/i);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].every(([, at]) => at?.startsWith('data:image/webp'))).toBe(
      true,
    );
    const [, policy] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    expect(policy?.replaceAll('&#39;', "'")).toMatch(
      /^default-src 'none'; img-src data:; style-src 'sha256-[\w+/]+=*'$/,
    );
  });

  test('does not call a difference what is none, nor boast where there is nothing to compare with', () => {
    const close = comparedOf([picture(0, 'prompt', 0.7), picture(0, 'reference', 0.71)], [0.4]);
    expect(verdict(close.report)).toMatch(/^No clear difference between “reference” and “prompt”/);
    expect(verdict(comparedOf(PICTURES, [0.3, 0.6]).report)).toMatch(/^“reference” comes nearest.* In 100 of 100/);
    expect(verdict(comparedOf(PICTURES, []).report)).toMatch(/no pictures of other characters/);
    expect(verdict(comparedOf([picture(0, 'prompt', null)], [0.5]).report)).toBe('No picture could be measured.');
  });
});

test('what people wrote is text, wherever it stands', () => {
  const hostile = { prompt: HOSTILE, [HOSTILE]: [HOSTILE] };
  const pictures = [
    picture(0, 'prompt', 0.5, { recipe: hostile }),
    picture(1, 'prompt', null, { error: HOSTILE, recipe: hostile, score_reason: HOSTILE }),
    picture(1, 'reference', null, { score_reason: HOSTILE }),
  ];
  const page = pageOf(
    comparedOf(pictures, [0.4], {
      character: { id: 1, name: HOSTILE, game_id: 1, reference_revision: 1 },
      paid_by: { id: 1, username: HOSTILE },
      model: HOSTILE,
      scenes: [HOSTILE, HOSTILE],
      left_out: [{ strategy: 'lora', reason: HOSTILE }],
    }),
  );
  expect(page).toContain('&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#38;');
  expect(page).not.toMatch(/<img src=x|<script|<\/style>[^\n]*alert|"'&</);
  expect(page.match(/<\/style>/g)).toHaveLength(1);
});

test('the figures are those of the scores that there are', () => {
  expect(figuresOf('prompt', PICTURES, [0.3, 0.6])).toEqual({
    strategy: 'prompt',
    pictures: 2,
    failed: 0,
    mean: 0.5,
    lowest: 0.5,
    above_baseline: 0.5,
    mean_seconds: 2.5,
    credits: 2,
    cost_usd: 0.0174,
  });
  expect(figuresOf('reference', PICTURES, []).above_baseline).toBeNull();
  expect(mean([])).toBeNull();
  expect(shareAbove([1, 0.5], [0.5])).toBe(0.75);
});
