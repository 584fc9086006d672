// Pictures that are asked for while much else happens: the dialog is closed, the form is reopened, the post changes, somebody else
// logs in, the browser has no room.
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHeldProvider } from '../http/stage.ts';
import { hasBrowser } from './browser.ts';
import { askFor, openForm, pictureIn, place, describe as say } from './pages.ts';
import { GAME, openPageStage, type PageStage, type Person } from './stage.ts';

const IMAGES = `**/api/games/${GAME}/images`;
const WISH = 'Mitä kuvassa näkyy?';
/** A moment of the browser's own: what was answered before has been drawn after it. */
const drawn = (page: Page) =>
  page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');

describe.skipIf(!hasBrowser)('a picture that is asked for', () => {
  let stage: PageStage;
  let held: ReturnType<typeof createHeldProvider>;
  let elina: Person;
  let page: Page;
  beforeAll(async () => {
    held = createHeldProvider();
    stage = await openPageStage({ provider: held.provider });
  });
  beforeEach(async () => {
    held.release();
    elina = await stage.person('elina', `#/games/${GAME}`);
    page = elina.page;
    return () => elina.context.close();
  });
  afterAll(() => stage?.close());

  const ownPosts = () =>
    stage.database.prepare('SELECT id FROM posts WHERE author_id = 1 ORDER BY id').pluck().all() as number[];

  test('its end is told beside the button of the closed dialog, also where the page came over plain http', async () => {
    held.hold();
    await page.addInitScript('Crypto.prototype.randomUUID = undefined');
    await page.reload();
    await openForm(page);
    await askFor(page, 'a harbour __fail__');
    await page.getByText('Luodaan kuvaa…').waitFor();
    await page.reload();
    await page.getByText('Työn alla').waitFor();
    held.release();
    await page.getByText(/Kuvaa ei saatu tehtyä. Se ei maksanut mitään/).waitFor();
    await openForm(page);
    await page.getByRole('button', { name: 'Muuta sanoja' }).click();
    expect(await page.getByLabel(WISH).inputValue()).toBe('a harbour __fail__');
    held.hold();
    await page.getByLabel(WISH).fill('a harbour');
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByText('Luodaan kuvaa…').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Työn alla').waitFor();
    held.release();
    await page.getByText('Kuvasi on valmis katsottavaksi.').waitFor();
    const post = await openForm(page);
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await pictureIn(post, /harbour/).waitFor();
  });

  test('another like it: asked for once, however often the dialog is opened; its words and its refusal are not lost', async () => {
    const [post = 0] = ownPosts();
    await elina.client.finished(
      (await elina.client.post(`/posts/${post}/images`, { mode: 'scene', scene: 'a mill' })).body,
    );
    await page.reload();
    const openDialog = async () => {
      await page.locator('.post post-images summary').first().click();
      await page.getByRole('button', { name: 'Tee toinen samanlainen' }).click();
    };
    const words = page.getByLabel(/Mikä saa muuttua/);
    await openDialog();
    await words.fill('a mill __fail__');
    await page.keyboard.press('Escape');
    await openDialog();
    expect(await words.inputValue()).toBe('a mill __fail__');
    const keys = new Set<string | undefined>();
    await page.route('**/regenerate', (route) => {
      keys.add(route.request().headers()['idempotency-key']);
      return route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    await page.keyboard.press('Escape');
    await openDialog();
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    expect(await page.getByRole('button', { name: 'Lähetetään…' }).isDisabled()).toBe(true);
    await page.evaluate(`(() => {
      const dialog = [...document.querySelectorAll('post-images')].map(({ shadowRoot }) => shadowRoot.querySelector('another-like'));
      dialog.find(Boolean).addEventListener('failed', ({ detail }) => { globalThis.refusal = detail; });
    })()`);
    await page.keyboard.press('Escape');
    await page.unroute('**/regenerate');
    const refuse = (route: Route) =>
      route.fulfill({ status: 402, json: { error: 'No.', code: 'insufficient_credits', request_id: 'x' } });
    await page.route('**/regenerate', refuse);
    await expect.poll(() => page.evaluate('globalThis.refusal')).toMatch(/^Krediittisi eivät riitä/);
    expect(keys.size).toBe(1);
    await page.unroute('**/regenerate');
    await openDialog();
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByText(/Kuvaa ei saatu tehtyä/).waitFor();
    const heading = page.getByRole('heading', { name: 'Tekoälykuva' });
    expect(
      await heading.evaluate((node) => (node as unknown as { matches(s: string): boolean }).matches(':focus')),
    ).toBe(true);
    await page.getByRole('button', { name: 'Takaisin' }).click();
    expect(await words.inputValue()).toBe('a mill __fail__');
  });

  test('and never answered: the form stays closed after a reload, and in the end nobody says that it cost nothing', async () => {
    await page.clock.install();
    await page.route(IMAGES, (route) => route.abort('connectionreset'));
    await openForm(page);
    await askFor(page, 'a lantern');
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    await page.reload();
    await openForm(page);
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    expect(await page.getByRole('button', { name: 'Lähetetään…' }).isDisabled()).toBe(true);
    await page.clock.fastForward('11:00');
    await page
      .getByText(/Vastausta ei tullut/)
      .first()
      .waitFor();
  });

  test('by one who logs out: it is not sent for the next one, who sees nothing of the other', async () => {
    await elina.client.finished(
      (await elina.client.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a kite' })).body,
    );
    const { available } = (await elina.client.get('/image-credits')).body;
    await page.clock.install();
    let sent = 0;
    await page.route(IMAGES, (route) => {
      sent += 1;
      return route.abort('connectionreset');
    });
    await openForm(page);
    await page.getByText(`Sinulla on ${available} krediittiä`, { exact: false }).waitFor();
    await askFor(page, 'a lantern');
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Kirjaudu ulos' }).click();
    await page.getByRole('button', { name: /Väinö/ }).click();
    await page.getByRole('link', { name: 'Omat kuvat' }).click();
    await page.getByText('Voit käyttää 100 krediittiä.').waitFor();
    const before = sent;
    await page.clock.runFor(60_000);
    await drawn(page);
    expect(sent).toBe(before);
  });

  test('by one who is not logged in any more after a reload: nobody else pays, though the page says nothing', async () => {
    await page.clock.install();
    let sent = 0;
    await page.route(IMAGES, (route) => {
      sent += 1;
      return route.abort('connectionreset');
    });
    const form = page.locator('details.composer').first();
    await page.locator('details.composer summary').first().click();
    await form.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await askFor(page, 'a lantern');
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    const vaino = await stage.person('vaino');
    await elina.context.addCookies(await vaino.context.cookies());
    await vaino.context.close();
    const before = sent;
    const asked = page.waitForResponse('**/api/image-credits');
    await page.reload();
    await (await asked).finished();
    await page.getByText('Väinö').first().waitFor();
    await page.clock.runFor(60_000);
    await drawn(page);
    expect(sent).toBe(before);
  });

  test('for a post, and answered when the element is at another one: it is kept for the first', async () => {
    const [first = 0, second = 0] = ownPosts();
    const answered = Promise.withResolvers<void>();
    await page.route(`**/api/games/${GAME}/images`, async (route) => {
      await answered.promise;
      await route.continue();
    });
    await page.locator('.post add-image').first().waitFor();
    const placed = await place(page, 'add-image', { 'post-id': `${first}` });
    await placed.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await askFor(page, 'a ferry');
    await page.getByRole('button', { name: 'Lähetetään…' }).waitFor();
    await page.evaluate(`document.querySelector('#placed').setAttribute('post-id', '${second}')`);
    await page.getByRole('button', { name: 'Luo kuva' }).waitFor();
    expect(await page.getByLabel(WISH).inputValue()).toBe('');
    answered.resolve();
    const keptAt = (post: number) =>
      page.evaluate<string | null>(`localStorage.getItem('forum-images.place.post:${post}')`);
    await expect.poll(() => keptAt(first)).toMatch(/a ferry/);
    await drawn(page);
    expect(await keptAt(second)).toBe(null);
    expect(await page.getByRole('button', { name: 'Lisää viestiin' }).count()).toBe(0);
  });

  test('with looks of the character that is chosen, not of the one before, whose looks came late', async () => {
    const slow = Promise.withResolvers<void>();
    for (const name of ['Aamu', 'Ilta']) {
      const { body } = await elina.client.post(`/games/${GAME}/characters`, { name, base_description: 'grey hair' });
      await elina.client.put(`/characters/${body.id}/looks`, { name: `${name}asu`, description: 'a coat' });
      if (name === 'Aamu')
        await page.route(`**/characters/${body.id}/looks`, async (route) => {
          await slow.promise;
          await route.continue();
        });
    }
    await openForm(page);
    await page.getByRole('checkbox', { name: 'Aamu' }).check();
    await page.getByRole('checkbox', { name: 'Aamu' }).uncheck();
    await page.getByRole('checkbox', { name: 'Ilta' }).check();
    const options = page.locator('select[name=look] option');
    await expect.poll(() => options.allTextContents()).toEqual(['Kuten kuvailtu', 'Iltaasu']);
    const late = page.waitForResponse(/\/looks$/);
    slow.resolve();
    await (await late).finished();
    await drawn(page);
    expect(await options.allTextContents()).toEqual(['Kuten kuvailtu', 'Iltaasu']);
  });

  test('and chosen, in a browser that has no room to keep that: it is in the post all the same', async () => {
    await page.addInitScript(
      `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }`,
    );
    await page.reload();
    const form = page.locator('details.composer').first();
    await page.locator('details.composer summary').first().click();
    await form.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await say(page, 'a campfire');
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Käytä tätä kuvaa' }).click();
    await form.getByText('Lisätään viestin mukana').waitFor();
    await form.getByLabel('Viesti').fill('Nuotio oli suuri.');
    await form.getByRole('button', { name: 'Lähetä' }).click();
    await pictureIn(page.locator('.post', { hasText: 'Nuotio oli suuri.' }), /campfire/).waitFor();
  });
});
