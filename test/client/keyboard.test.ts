// Both flows of the product without a mouse.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { FOCUSED, pictureIn, place } from './pages.ts';
import { GAME, openPageStage, type PageStage } from './stage.ts';

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

  test('what goes hands the focus on: a menu to its button, and what is deleted to the line that says so', async () => {
    const { page, client } = await stage.person('mestari', '#/mine');
    const asked = await client.post('/posts/1/images', { mode: 'scene', scene: 'a mill' });
    await client.finished(asked.body);
    await page.locator('hide-pictures').waitFor();
    const placed = await place(page, 'post-images', { 'post-ids': '1' });
    const choose = async (name: RegExp) => {
      await placed.locator('summary').focus();
      await page.keyboard.press('Enter');
      await press(page, name);
      await page.getByRole('dialog').waitFor();
    };
    for (const name of [/^Tee toinen samanlainen$/, /^Ilmianna$/]) {
      await choose(name);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.evaluate(FOCUSED)).toBe('Mitä kuvalle tehdään');
    }
    await choose(/^Poista kuva$/);
    await press(page, /^Poista kuva$/);
    await expect.poll(() => placed.locator('figure').count()).toBe(0);
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('Kuva poistettiin.');
  });

  test('in the dialog of a character as well: a look that is removed, and the character itself', async () => {
    const { page, client } = await stage.person('vaino');
    const { body } = await client.post(`/games/${GAME}/characters`, { name: 'Usva', base_description: 'white hair' });
    await client.put(`/characters/${body.id}/looks`, { name: 'Juhla', description: 'blue dress' });
    await page.goto(`${stage.origin}/#/games/${GAME}/characters`);
    await page.getByRole('button', { name: /Usva/ }).focus();
    await page.keyboard.press('Enter');
    await press(page, /^Asut$/);
    await press(page, /^Poista: Juhla$/);
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('Asu Juhla poistettiin.');
    await press(page, /^Poista$/);
    await expect.poll(() => page.evaluate(FOCUSED)).toMatch(/^Poistetaanko hahmo/);
    await press(page, /^Poista$/);
    await expect.poll(() => page.evaluate(FOCUSED)).toBe('Hahmo poistettiin.');
  });
});
