// The figures of a recipe stay within what SDXL can do with them.
import { expect, test } from 'vitest';
import { ASPECT_RATIOS, MODES } from '../../src/contract.ts';
import { defaultAspectRatio, PROMPT_STRENGTH, STEPS, sizeOf } from '../../src/generation/recipe.ts';

test.each(MODES)('%s: between a copy of the reference and nothing of it, and a portrait nearest to it', (mode) => {
  expect(PROMPT_STRENGTH[mode]).toBeGreaterThanOrEqual(0.5);
  expect(PROMPT_STRENGTH[mode]).toBeLessThanOrEqual(0.85);
  expect(PROMPT_STRENGTH[mode]).toBeGreaterThanOrEqual(PROMPT_STRENGTH.character);
  // img2img runs this part of the steps only, and less than one makes no picture.
  expect(STEPS * PROMPT_STRENGTH[mode]).toBeGreaterThan(10);
});

test.each(ASPECT_RATIOS)('%s is about a megapixel in steps of 64', (shape) => {
  const { width, height } = sizeOf(shape);
  expect([width % 64, height % 64]).toEqual([0, 0]);
  expect(Math.abs((width * height) / 1024 ** 2 - 1)).toBeLessThan(0.04);
});

test('a portrait stands, so that a reference shows the whole body', () => {
  const { width, height } = sizeOf(defaultAspectRatio('character'));
  expect(height).toBeGreaterThan(width);
});
