// The two flows of the product, whole, in a real browser: a character for the first time, and a picture in a post.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { pictureIn } from './pages.ts';
import { GAME, openPageStage, type PageStage } from './stage.ts';

describe.skipIf(!hasBrowser)('in the browser', () => {
  let stage: PageStage;
  beforeAll(async () => {
    stage = await openPageStage();
  });
  afterAll(() => stage?.close());

  test('a character: form, candidates side by side, one accepted, and the profile says so', async () => {
    const { page, client, complaints } = await stage.person('elina', `#/games/${GAME}/characters`);
    await page.getByRole('button', { name: 'Luo hahmo' }).click();
    await page.getByLabel('Nimi').fill('Aino');
    await page.getByLabel('Hiukset').fill('long red braid');
    await page.getByLabel('Silmät').fill('green eyes');
    await page.getByRole('radio', { name: 'Anime' }).check();
    expect(await page.getByLabel('Mitä mallille kerrotaan').inputValue()).toBe('long red braid, green eyes');
    await page.getByRole('button', { name: 'Tallenna' }).click();
    await page.getByRole('button', { name: 'Luo ehdokkaita' }).click();
    await page.getByRole('button', { name: 'Hyväksy tämä' }).nth(1).waitFor();
    await page.getByRole('button', { name: 'Hyväksy tämä' }).first().click();
    await page.getByText('Hyväksytty').waitFor();
    const [aino] = (await client.get(`/games/${GAME}/characters?mine=1`)).body;
    expect(aino).toMatchObject({ name: 'Aino', style: 'anime', reference_revision: 1 });
    expect(aino.reference_image_url).toBeTruthy();
    expect(complaints).toEqual([]);
  });

  test('a picture in a saved post: scene, progress, preview, another one, attach; it stands in the post at once', async () => {
    const { page, complaints } = await stage.person('elina', `#/games/${GAME}`);
    const post = page.locator('.post', { has: page.locator('add-image') }).first();
    await post.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await page.getByRole('radio', { name: /Kohtaus ilman hahmoja/ }).check();
    await page.getByLabel('Mitä kuvassa näkyy?').fill('a deserted lighthouse in a storm');
    await page.getByText(/Malli lukee kaiken/).waitFor();
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Toinen (uusi siemen)' }).click();
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await pictureIn(post, /lighthouse/).waitFor();
    await post.getByText('Kuva lisättiin.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('a picture before the post is saved: kept through a reload, and attached with the post', async () => {
    const { page, complaints } = await stage.person('vaino', `#/games/${GAME}`);
    const open = () => page.locator('details.composer summary').first().click();
    await open();
    const form = page.locator('details.composer').first();
    await form.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await page.getByRole('radio', { name: /Kohtaus ilman hahmoja/ }).check();
    await page.getByLabel('Mitä kuvassa näkyy?').fill('a campfire at night');
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Käytä tätä kuvaa' }).click();
    await page.reload();
    await open();
    await form.getByText('Lisätään viestin mukana').waitFor();
    await form.getByLabel('Viesti').fill('Istuimme nuotiolla.');
    await form.getByRole('button', { name: 'Lähetä' }).click();
    const post = page.locator('.post', { hasText: 'Istuimme nuotiolla.' });
    await pictureIn(post, /campfire/).waitFor();
    expect(complaints).toEqual([]);
  });
});
