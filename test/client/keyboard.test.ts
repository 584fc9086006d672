// Both flows of the product without a mouse.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { pictureIn } from './pages.ts';
import { GAME, openPageStage, type PageStage } from './stage.ts';

/** In the page: the name of what has the focus, through the elements' own trees. */
const FOCUSED = `(() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return (node?.getAttribute('aria-label') || node?.labels?.[0]?.textContent || node?.textContent || '').trim();
})()`;

/** As many stops as a page may have before it is no use to anybody. */
const MOST_STOPS = 120;

async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(FOCUSED);
    if (name.test(focused)) return;
    passed.push(focused.slice(0, 30));
  }
  throw new Error(`${name} cannot be reached by Tab; passed ${passed.slice(-40).join(' | ')}`);
}

async function press(page: Page, name: RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

describe.skipIf(!hasBrowser)('by keyboard alone', () => {
  let stage: PageStage;
  beforeAll(async () => {
    stage = await openPageStage();
  });
  afterAll(() => stage?.close());

  test('a picture in a post: kind by arrows, scene, made, added; the focus goes back to the page', async () => {
    const { page } = await stage.person('elina', `#/games/${GAME}`);
    await page.locator('.post add-image').first().waitFor();
    await press(page, /^Lisää tekoälykuva$/);
    await page.getByRole('radio', { name: /Kohtaus ilman hahmoja/ }).waitFor();
    await tabTo(page, /^(Hahmo|Kohtaus)/);
    while (!(await page.getByRole('radio', { name: /Kohtaus ilman hahmoja/ }).isChecked()))
      await page.keyboard.press('ArrowDown');
    await tabTo(page, /Mitä kuvassa näkyy/);
    await page.keyboard.type('a lantern on a pier');
    await press(page, /^Luo kuva$/);
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
    await press(page, /^Lisää viestiin$/);
    await page.getByText('Kuva lisättiin.').waitFor();
    await pictureIn(page, /lantern/).waitFor();
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('Lisää tekoälykuva');
  });

  test('a character: form, style by arrows, candidates, accepted', async () => {
    const { page } = await stage.person('elina', `#/games/${GAME}/characters`);
    await page.getByRole('button', { name: 'Luo hahmo' }).waitFor();
    await press(page, /^Luo hahmo$/);
    await page.getByLabel('Nimi').waitFor();
    await tabTo(page, /^Nimi/);
    await page.keyboard.type('Ilmo');
    await tabTo(page, /^Hiukset/);
    await page.keyboard.type('grey beard');
    await tabTo(page, /^(Valokuvamainen|Pikselitaide)/);
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await press(page, /^Tallenna$/);
    await page.getByRole('button', { name: 'Luo ehdokkaita' }).waitFor();
    await press(page, /^Luo ehdokkaita$/);
    await page.getByRole('button', { name: 'Hyväksy tämä' }).first().waitFor();
    await press(page, /^Hyväksy tämä: Ilmo/);
    await page.getByText('Hyväksytty').waitFor();
    expect(await page.evaluate(FOCUSED)).toMatch(/^Hyväksytty: Ilmo/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Ilmo/ }).waitFor();
  });
});
