// Answers that come late: in another order than they were asked for, twice, or when the dialog that waited for them is closed.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { place } from './pages.ts';
import { GAME, openPageStage, type PageStage, type Person } from './stage.ts';

/** Keeps the first answer of this kind back, or one that is given. @returns what lets it through, and waits until the page has it */
async function keepBack(page: Page, url: RegExp, given?: { status?: number; json: unknown }) {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(
    url,
    async (route) => {
      const answer = given ?? { response: await route.fetch() };
      await promise;
      await route.fulfill(answer);
    },
    { times: 1 },
  );
  return async () => {
    const answered = page.waitForResponse(url).then((response) => response.finished());
    resolve();
    await answered;
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  };
}

describe.skipIf(!hasBrowser)('late answers', () => {
  let stage: PageStage;
  let elina: Person;
  let page: Page;
  /** Two posts of Elina's; the first has two pictures. */
  let posts: number[];

  beforeAll(async () => {
    stage = await openPageStage();
    elina = await stage.person('elina');
    page = elina.page;
    posts = stage.database
      .prepare('SELECT id FROM posts WHERE author_id = 1 ORDER BY id LIMIT 2')
      .pluck()
      .all() as number[];
    await illustrate(posts[0], 'a harbour at dawn');
    await illustrate(posts[0], 'a mill');
    await illustrate(posts[1], 'a bridge');
  });
  beforeEach(() => go('mine'));
  afterAll(() => stage?.close());

  const illustrate = async (post: number | undefined, scene: string) => {
    const asked = await elina.client.post(`/posts/${post}/images`, { mode: 'scene', scene });
    await elina.client.finished(asked.body);
  };
  const go = async (path: string) => {
    await page.goto(`${stage.origin}/#/${path}`);
    await page.reload();
    await page.locator('main h1').first().waitFor();
  };

  test('one for a post that the element shows no more does not bring its pictures back', async () => {
    const arrive = await keepBack(page, new RegExp(`post_ids=${posts[0]}$`));
    const placed = await place(page, 'post-images', { 'post-ids': `${posts[0]}` });
    await page.evaluate(`document.querySelector('#placed').setAttribute('post-ids', '${posts[1]}')`);
    await placed.getByRole('img', { name: /bridge/ }).waitFor();
    await arrive();
    expect(await placed.getByRole('img').count()).toBe(1);
  });

  test('one to a dialog that was closed leaves the next one alone, and is told in the page, be it a refusal', async () => {
    const placed = await place(page, 'post-images', { 'post-ids': `${posts[0]}` });
    const choose = async (picture: number, name: string) => {
      await placed.locator('summary').nth(picture).click();
      await placed.locator('details').nth(picture).getByRole('button', { name }).click();
    };
    for (const refusal of [undefined, { status: 429, json: { error: 'No.', code: 'rate_limited', request_id: 'x' } }]) {
      const arrive = await keepBack(page, /\/report$/, refusal);
      await choose(0, 'Ilmianna');
      await page.getByLabel('Mikä kuvassa on vikana?').fill('outo käsi');
      await placed.getByRole('dialog').getByRole('button', { name: 'Ilmianna' }).click();
      await page.keyboard.press('Escape');
      await choose(1, 'Tee toinen samanlainen');
      await page.getByLabel(/Mikä saa muuttua/).fill('a mill in snow');
      await arrive();
      const told = await placed.locator('[role=status]').first().textContent();
      expect(told).toMatch(refusal ? /^Pyyntöjä tuli hyvin monta/ : /^Kiitos/);
      expect(await page.getByLabel(/Mikä saa muuttua/).inputValue()).toBe('a mill in snow');
      await page.keyboard.press('Escape');
    }
  });

  test('more that is asked for twice comes once', async () => {
    let asked = 0;
    const entry = { created_at: '2026-11-01T12:00:00Z', kind: 'grant', amount: 5, held: 0, reason: '' };
    await page.route(/image-credits\/entries/, (route) => {
      if (route.request().url().includes('cursor=')) asked += 1;
      return route.fulfill({ json: { items: [entry], next_cursor: asked > 0 ? null : 'next' } });
    });
    await page.getByText('Tapahtumat').click();
    const more = page.locator('image-credits').getByRole('button', { name: 'Näytä lisää' });
    await more.evaluate((button: { click(): void }) => {
      button.click();
      button.click();
    });
    await expect.poll(() => more.count()).toBe(0);
    expect(await page.locator('image-credits tr').count()).toBe(2);
    expect(asked).toBe(1);
    await page.unroute(/image-credits\/entries/);
  });

  test('an older one does not begin a finished picture anew', async () => {
    await page.locator('generation-card').first().getByText('Valmis').waitFor();
    const state = await page.evaluate(`(async () => {
      const card = document.querySelector('my-generations').shadowRoot.querySelector('generation-card');
      card.generation = { ...card.generation, status: 'generating', image_url: null };
      await card.updateComplete;
      return card.renderRoot.querySelector('[role=status]').textContent;
    })()`);
    expect(state).toBe('Valmis');
  });

  test('a character that was chosen in one game leaves the gallery of another not empty', async () => {
    await elina.client.post(`/games/${GAME}/characters`, { name: 'Tuuli', base_description: 'silver hair' });
    await go(`games/${GAME}/gallery`);
    const gallery = page.locator('image-gallery');
    await gallery.getByLabel('Hahmo').selectOption({ label: 'Tuuli' });
    await gallery.getByText('Tässä pelissä ei ole vielä kuvia.').waitFor();
    await page.evaluate(`document.querySelector('image-gallery').setAttribute('game-id', '2')`);
    await expect.poll(() => gallery.getByRole('option', { name: 'Tuuli' }).count()).toBe(0);
    await page.evaluate(`document.querySelector('image-gallery').setAttribute('game-id', '${GAME}')`);
    await gallery.getByRole('img', { name: /harbour/ }).waitFor();
  });

  test('that a character was saved opens no dialog that was closed', async () => {
    await go(`games/${GAME}/characters`);
    await page.getByRole('button', { name: 'Luo hahmo' }).click();
    await page.getByLabel('Nimi').fill('Ruska');
    await page.getByLabel('Hiukset').fill('red curls');
    const arrive = await keepBack(page, /\/characters$/);
    await page.getByRole('button', { name: 'Tallenna' }).click();
    await page.keyboard.press('Escape');
    await arrive();
    await page.getByRole('button', { name: /Ruska/ }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a training: nothing is asked for by a dialog that was closed, and a request without an answer is sent again under its key', async () => {
    const asked = await elina.client.post(`/games/${GAME}/characters`, {
      name: 'Usva',
      base_description: 'white hair',
    });
    const training = { id: 't', character_id: asked.body.id, status: 'training', progress: 0.5, finished_at: null };
    let trainings: object[] = [];
    const keys: (string | undefined)[] = [];
    const isTold = Promise.withResolvers<void>();
    await page.route(/lora-trainings$/, async (route) => {
      if (route.request().method() === 'GET') return route.fulfill({ json: trainings });
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length === 1) return route.abort('connectionreset');
      await isTold.promise;
      trainings = [training];
      return route.fulfill({ status: 202, json: training });
    });
    await go(`games/${GAME}/characters`);
    await page.evaluate(`waits = []; const { setTimeout: real } = globalThis;
      globalThis.setTimeout = (work, ms) => { waits.push(ms); return real(work, ms); }`);
    const arrive = await keepBack(page, /lora-trainings$/, { json: [training] });
    await page.getByRole('button', { name: /Usva/ }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await arrive();
    expect(await page.evaluate('waits')).not.toContain(10_000);
    await page.getByRole('button', { name: /Usva/ }).click();
    await page.locator('summary', { hasText: 'Koulutetut painot' }).click();
    await page.getByRole('button', { name: 'Kouluta' }).click();
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    isTold.resolve();
    await page.getByText('Koulutetaan…').waitFor();
    expect(keys).toEqual([expect.any(String), keys[0]]);
  });
});
