// What a forum's page may do to the elements, and what they owe to people in whom not all goes well: moved and taken out, in
// other languages, under a strict policy, with pictures that were taken down, and with more of them than one page holds.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { openForm, place, describe as say } from './pages.ts';
import { GAME, openPageStage, type PageStage, type Person } from './stage.ts';

const HOSTILE = '<img src=x onerror="window.hacked=1">';

describe.skipIf(!hasBrowser)('the elements', () => {
  let stage: PageStage;
  let elina: Person;
  let page: Page;
  /** Elina's first post, and its picture. */
  let post: number;
  let picture: number;

  beforeAll(async () => {
    stage = await openPageStage({ env: { CREDITS_PER_MONTH: '1000' } });
    elina = await stage.person('elina', `#/games/${GAME}`);
    page = elina.page;
    post = stage.database.prepare('SELECT id FROM posts WHERE author_id = 1 ORDER BY id').pluck().get() as number;
    picture = await illustrate('a harbour at dawn');
  });
  beforeEach(() => go(''));
  afterAll(() => stage?.close());

  const go = async (path: string) => {
    await page.goto(`${stage.origin}/#/games/${GAME}${path}`);
    await page.reload();
    await page.locator('main h1').first().waitFor();
  };
  const illustrate = async (scene: string): Promise<number> => {
    const asked = await elina.client.post(`/posts/${post}/images`, { mode: 'scene', scene });
    return (await elina.client.finished(asked.body)).post_image_id ?? 0;
  };

  test('an element that was taken out shows, when it is back, what happened meanwhile', async () => {
    const placed = await place(page, 'post-images', { 'post-ids': `${post}` });
    await placed.getByRole('img').first().waitFor();
    const before = await placed.getByRole('img').count();
    await page.evaluate(`kept = document.querySelector('#placed'); kept.remove()`);
    await illustrate('a lantern');
    await page.evaluate(`new BroadcastChannel('forum-images').postMessage('pictures')`);
    await page.evaluate(`document.querySelector('main').prepend(kept)`);
    await expect.poll(() => placed.getByRole('img').count()).toBe(before + 1);
  });

  test('an element that is moved with its dialog open keeps the dialog, and it is modal', async () => {
    const placed = await place(page, 'add-image', { 'game-id': `${GAME}` });
    await placed.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await say(page, 'a lighthouse');
    await page.evaluate(`document.querySelector('main').append(document.querySelector('#placed'))`);
    await expect.poll(() => placed.locator('dialog:modal').count()).toBe(1);
    expect(await page.getByLabel('Mitä kuvassa näkyy?').inputValue()).toBe('a lighthouse');
  });

  test('what was typed is there again after the dialog was closed by accident, in either form', async () => {
    await openForm(page);
    await say(page, 'a deserted mill');
    await page.keyboard.press('Escape');
    await openForm(page);
    expect(await page.getByLabel('Mitä kuvassa näkyy?').inputValue()).toBe('a deserted mill');
    await go('/characters');
    await page.getByRole('button', { name: 'Luo hahmo' }).click();
    await page.getByLabel('Hiukset').fill('grey plait');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Luo hahmo' }).click();
    expect(await page.getByLabel('Hiukset').inputValue()).toBe('grey plait');
    expect(await page.getByLabel('Mitä mallille kerrotaan').inputValue()).toBe('grey plait');
  });

  test('a menu stays open for a browser that gives a pressed button no focus, and closes when something else is pressed', async () => {
    await page.evaluate(`addEventListener('mousedown', (event) => {
      event.preventDefault();
      const { activeElement } = event.composedPath()[0].getRootNode();
      activeElement?.blur();
    }, { capture: true })`);
    const menu = page.locator('post-images details').first();
    await menu.locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading').first().click();
    await expect.poll(() => menu.getAttribute('open')).toBeNull();
    await menu.locator('summary').focus();
    await page.keyboard.press('Enter');
    await menu.getByRole('button', { name: 'Ilmianna' }).click();
    await page.getByLabel('Mikä kuvassa on vikana?').waitFor();
  });

  test('what others have added since is there when a page is painted later', async () => {
    const placed = await place(page, 'post-images', { 'post-ids': `${post}` });
    await placed.getByRole('img').first().waitFor();
    const before = await placed.getByRole('img').count();
    await illustrate('a weather vane');
    await page.evaluate('const { now } = Date; Date.now = () => now() + 60_000');
    await place(page, 'post-images', { 'post-ids': `${post}` });
    await expect.poll(() => placed.getByRole('img').count()).toBe(before + 1);
  });

  test('the words of a picture can be changed, its seed kept, and what must not be seen is said', async () => {
    const bodies: { scene?: string; seed?: number; negative_prompt?: string }[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith(`/games/${GAME}/images`))
        bodies.push(request.postDataJSON());
    });
    await openForm(page);
    await say(page, 'a stone bridge');
    await page.getByText('Lisää asetuksia').click();
    await page.getByLabel('Mitä kuvissa ei saa näkyä').fill('people');
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByText(/^Toinen kuva maksaa 1 krediitti/).waitFor();
    await page.getByRole('button', { name: 'Muuta sanoja' }).click();
    expect(await page.getByLabel('Mitä kuvassa näkyy?').inputValue()).toBe('a stone bridge');
    await page.getByLabel('Mitä kuvassa näkyy?').fill('a stone bridge in fog');
    await page.getByLabel(/Pidä edellisen kuvan muunnelma/).check();
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
    const { items } = (await elina.client.get('/generations?limit=2')).body;
    expect(bodies).toEqual([
      expect.objectContaining({ scene: 'a stone bridge', negative_prompt: 'people' }),
      expect.objectContaining({ scene: 'a stone bridge in fog', seed: items[1].seed }),
    ]);
    expect(items[0].seed).toBe(items[1].seed);
  });

  test('who may not illustrate a post is told so, and not asked for a scene', async () => {
    const other = stage.database.prepare('SELECT id FROM posts WHERE author_id = 2').pluck().get();
    const placed = await place(page, 'add-image', { 'post-id': `${other}` });
    await placed.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await page.getByText('Vain viestin kirjoittaja ja pelinjohtajat voivat lisätä siihen kuvia.').waitFor();
    expect(await page.getByRole('button', { name: 'Luo kuva' }).count()).toBe(0);
  });

  test('the lightbox opens under a strict policy, leafs, closes, and gives the focus back', async () => {
    await page.evaluate(
      `broken = []; addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective))`,
    );
    const opener = page.locator('post-images .open').first();
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Tekoälykuva' }).waitFor();
    await page.locator('.forum-images-caption').getByText('Tämän kuvan on luonut tekoäly').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.pswp').count()).toBe(0);
    const hasFocus = (node: unknown) =>
      (node as { getRootNode(): { activeElement: unknown } }).getRootNode().activeElement === node;
    expect(await opener.evaluate(hasFocus)).toBe(true);
    expect(await page.evaluate('broken')).toEqual([]);
    expect(elina.complaints).toEqual([]);
  });

  test('a page without a language speaks the browser’s, and one in English is in English', async () => {
    await page.evaluate(`document.documentElement.lang = 'en'`);
    const placed = await place(page, 'image-credits', {});
    await placed.getByText(/^You can spend/).waitFor();
    const { page: other } = await stage.person('elina', '#/mine', { locale: 'fi-FI' });
    await other.evaluate(`document.documentElement.removeAttribute('lang')`);
    await other.getByText(/^Voit käyttää/).waitFor();
    const { page: third } = await stage.person('elina', '#/mine', { locale: 'en-GB' });
    await third.evaluate(`document.documentElement.removeAttribute('lang')`);
    await third.getByText(/^You can spend/).waitFor();
    await other.context().close();
    await third.context().close();
  });

  test('the switch hides pictures where there is none to begin with, and its state is kept', async () => {
    const placed = await place(page, 'hide-pictures', {});
    await placed.getByLabel('Piilota tekoälykuvat').check();
    await expect.poll(() => page.locator('post-images img').count()).toBe(0);
    await go('');
    const again = await place(page, 'hide-pictures', {});
    expect(await again.getByLabel('Piilota tekoälykuvat').isChecked()).toBe(true);
    await again.getByLabel('Piilota tekoälykuvat').uncheck();
    await page.locator('post-images img').first().waitFor();
  });

  test('looks are added and removed, consent is given, training says its price', async () => {
    await elina.client.post(`/games/${GAME}/characters`, { name: 'Tuuli', base_description: 'silver hair' });
    await go('/characters');
    await page.getByRole('button', { name: /Tuuli/ }).click();
    await page.locator('summary', { hasText: 'Asut' }).click();
    await page.getByLabel('Asun nimi').fill('Juhla');
    await page.getByLabel('Mitä on yllä').fill('blue velvet dress');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Tuuli/ }).click();
    await page.locator('summary', { hasText: 'Asut' }).click();
    expect(await page.getByLabel('Asun nimi').inputValue()).toBe('Juhla');
    await page.getByRole('button', { name: 'Lisää asu' }).click();
    await page.getByRole('button', { name: 'Poista: Juhla' }).click();
    expect(await page.getByLabel('Asun nimi').inputValue()).toBe('');
    await expect.poll(() => page.getByText('blue velvet dress').count()).toBe(0);
    await page.locator('summary', { hasText: 'Muokkaa' }).click();
    await page.getByRole('radio', { name: 'Kaikki pelin jäsenet' }).check();
    await page.getByRole('button', { name: 'Tallenna' }).click();
    await page.getByText('Tallennettu.').waitFor();
    const mine = (await elina.client.get(`/games/${GAME}/characters?mine=1`)).body;
    expect(mine).toContainEqual(expect.objectContaining({ name: 'Tuuli', usable_by: 'game' }));
    await page.locator('summary', { hasText: 'Koulutetut painot' }).click();
    await page.getByText(/Maksaa enintään 60 krediittiä: puuttuvat kuvat, enintään 10, tehdään ensin/).waitFor();
  });

  describe('a gallery of more than a page', () => {
    beforeAll(() => {
      const copy = stage.database.prepare(
        `INSERT INTO post_images (post_id, prompt, image_url, thumbnail_url)
         SELECT post_id, prompt, '/icon.svg', '/icon.svg' FROM post_images WHERE id = ?`,
      );
      for (let n = 0; n < 60; n += 1) copy.run(picture);
      return () => void stage.database.prepare("DELETE FROM post_images WHERE image_url = '/icon.svg'").run();
    });
    const tiles = () => page.locator('image-gallery .open').count();
    const scroll = async () => {
      await page.mouse.wheel(0, 3000);
      return tiles();
    };

    test('tells the story by chapter and beat, and loads more while it is scrolled', async () => {
      await go('/gallery');
      await page.getByRole('heading', { name: 'Luku 1 · kohtaus 1' }).waitFor();
      await expect.poll(scroll).toBeGreaterThanOrEqual(60);
      await page.getByLabel('Järjestys').selectOption('newest');
      await expect.poll(() => page.getByRole('heading', { name: /Luku 1/ }).count()).toBe(0);
      await expect.poll(tiles).toBeGreaterThanOrEqual(24);
    });

    test('without a network asks once for more, says so, and goes on by its button', async () => {
      let asked = 0;
      await page.route(/cursor=/, (route) => {
        asked += 1;
        return route.abort('connectionfailed');
      });
      await page.goto(`${stage.origin}/#/games/${GAME}/gallery`); // without a reload, before which the page may have asked already
      await expect.poll(tiles).toBe(24);
      await scroll();
      await page.getByText(/^Ei yhteyttä/).waitFor();
      for (let n = 0; n < 5; n += 1) await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
      expect(asked).toBe(1);
      await page.unroute(/cursor=/);
      await page.getByRole('button', { name: 'Näytä lisää' }).click();
      await expect.poll(tiles).toBeGreaterThan(24);
    });
  });

  test('the maker of what was taken down is told why, as text, wherever the picture was', async () => {
    const { client: admin, context } = await stage.person('yllapito');
    const reason = `not here ${HOSTILE}`;
    expect((await admin.post(`/image-admin/post-images/${picture}/takedown`, { reason })).status).toBeLessThan(300);
    for (const path of ['', '/gallery']) {
      await go(path);
      await page.getByText(`Valvoja poisti kuvan näkyvistä: ${reason}`).first().waitFor();
    }
    await admin.post('/image-admin/users/1/credits', { amount: 5, reason: `gift ${HOSTILE}` });
    await page.goto(`${stage.origin}/#/mine`);
    await page.getByText('Tapahtumat').click();
    await page.getByText(`gift ${HOSTILE}`).waitFor();
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
    await context.close();
  });
});
