// What can go wrong in front of a page: a reload, no network, a failure, no credits, refused words, a change of mind, two tabs.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHeldProvider } from '../http/stage.ts';
import { hasBrowser } from './browser.ts';
import { askFor, FOCUSED, openForm, pictureIn, describe as say } from './pages.ts';
import { GAME, openPageStage, type PageStage, type Person } from './stage.ts';

describe.skipIf(!hasBrowser)('with quick pictures', () => {
  let stage: PageStage;
  let elina: Person;
  beforeAll(async () => {
    stage = await openPageStage({ env: { CREDITS_PER_MONTH: '3' } });
  });
  beforeEach(async () => {
    elina = await stage.person('elina', `#/games/${GAME}`);
  });
  afterAll(() => stage?.close());

  test.each([
    ['__fail__', /Kuvaa ei saatu tehtyä. Se ei maksanut mitään/],
    ['__reject__', /Turvasuodatin hylkäsi kuvan. Se ei maksanut mitään/],
  ])(
    'a failure (%s) says what happened, what it cost and what to do, and the words can be changed',
    async (word, text) => {
      const { page } = elina;
      await openForm(page);
      await askFor(page, `a harbour ${word}`);
      await page.getByText(text).waitFor();
      await page.getByRole('button', { name: 'Muuta sanoja' }).click();
      await page.getByRole('button', { name: 'Luo kuva' }).waitFor();
    },
  );

  test('refused words are told before anything is spent', async () => {
    const { page, client } = elina;
    await openForm(page);
    const before = (await client.get('/image-credits')).body.available;
    await askFor(page, 'a hentai poster');
    await page
      .getByText(/jollaista täällä ei tehdä. Mitään ei veloitettu/)
      .first()
      .waitFor();
    expect((await client.get('/image-credits')).body).toMatchObject({ available: before, held: 0 });
  });

  test('without credits the button is closed, and the reason stands beside it', async () => {
    const { page, client } = await stage.person('vaino', `#/games/${GAME}`);
    for (let made = 0; made < 3; made += 1) {
      await client.finished((await client.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a harbour' })).body);
    }
    await openForm(page);
    await page.getByText('Krediittisi eivät riitä tähän.', { exact: false }).first().waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Luo kuva' }).isDisabled()).toBe(true);
  });

  test('credits that were spent elsewhere meanwhile: the refusal is told, and the button closes', async () => {
    const { page, client } = elina;
    await openForm(page);
    await say(page, 'a harbour');
    const button = page.getByRole('button', { name: 'Luo kuva' });
    await expect.poll(() => button.isEnabled()).toBe(true);
    for (let left = (await client.get('/image-credits')).body.available; left > 0; left -= 1)
      await client.finished((await client.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a harbour' })).body);
    await button.click();
    await page.getByText('Krediittisi eivät riitä tähän.', { exact: false }).first().waitFor();
    await page.getByText(/Sinulla on 0 krediittiä/).waitFor();
    expect(await button.isDisabled()).toBe(true);
  });

  test('a request that got no answer before a reload is sent again by its own form alone, and a refusal is told', async () => {
    const { page } = await stage.person('mestari', `#/games/${GAME}`);
    await page.route(`**/api/games/${GAME}/images`, (route) => route.abort('connectionreset'));
    await openForm(page);
    await askFor(page, 'a lantern on a pier');
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    await page.unroute(`**/api/games/${GAME}/images`);
    const keys: (string | undefined)[] = [];
    await page.route(`**/api/games/${GAME}/images`, (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      return route.fulfill({ status: 402, json: { error: 'No.', code: 'insufficient_credits', request_id: 'x' } });
    });
    await page.reload();
    await page.getByText('Krediittisi eivät riitä tähän.', { exact: false }).waitFor();
    expect(await page.getByText('Krediittisi eivät riitä tähän.', { exact: false }).count()).toBe(1);
    expect(keys).toEqual([expect.any(String)]);
    await page.reload();
    await page.locator('add-image').first().waitFor();
    expect(keys).toHaveLength(1);
  });

  test('a chosen picture that cannot be attached waits for another try, and the post is saved once', async () => {
    const { page } = await stage.person('mestari', `#/games/${GAME}`);
    const form = page.locator('details.composer').first();
    await page.locator('details.composer summary').first().click();
    await form.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
    await askFor(page, 'a campfire at night');
    await page.getByRole('button', { name: 'Käytä tätä kuvaa' }).click();
    await page.route('**/api/posts/*/images', (route) => route.abort('connectionfailed'));
    await form.getByLabel('Viesti').fill('Nuotio paloi.');
    await form.getByRole('button', { name: 'Lähetä' }).click();
    await form.getByText(/^Ei yhteyttä/).waitFor();
    await form.getByRole('button', { name: 'Yritä uudelleen' }).waitFor();
    expect(await form.getByText('Lisätään viestin mukana').count()).toBe(0); // not with the next post
    await page.reload();
    await page.unroute('**/api/posts/*/images');
    const post = page.locator('.post', { hasText: 'Nuotio paloi.' });
    await post.getByRole('button', { name: 'Yritä uudelleen' }).click();
    await pictureIn(post, /campfire/).waitFor();
    expect(await post.count()).toBe(1);
  });

  test('a request whose answer was lost is sent again under its key: one picture, not two', async () => {
    const { page, client } = await stage.person('mestari', `#/games/${GAME}`);
    await openForm(page);
    let lost = 0;
    await page.route(`**/api/games/${GAME}/images`, async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch(); // the service has it,
      await route.abort('connectionreset'); // and the page never hears of it
    });
    await askFor(page, 'a red kite');
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
    expect(lost).toBe(1);
    const { items } = (await client.get('/generations')).body;
    expect(items.filter(({ alt_text }: { alt_text: string }) => alt_text.includes('kite'))).toHaveLength(1);
  });
});

describe.skipIf(!hasBrowser)('with a picture that stays half made', () => {
  let stage: PageStage;
  let held: ReturnType<typeof createHeldProvider>;
  beforeEach(async () => {
    held = createHeldProvider();
    stage = await openPageStage({ provider: held.provider });
    return () => stage.close();
  });

  const begin = async (person: Person) => {
    const post = await openForm(person.page);
    await askFor(person.page, 'a harbour at dawn');
    await person.page.getByText('Luodaan kuvaa…').first().waitFor();
    return post;
  };

  test('a reload in the middle: the picture is found again, ends, and can be added', async () => {
    const elina = await stage.person('elina', `#/games/${GAME}`);
    await begin(elina);
    await elina.page.reload();
    await elina.page.getByText('Työn alla').waitFor();
    const post = await openForm(elina.page);
    await elina.page.getByText('Luodaan kuvaa…').waitFor();
    held.release();
    await elina.page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await pictureIn(post, /harbour/).waitFor();
  });

  test('another one like a picture, cut off by a reload before its answer: it is found where it was asked for', async () => {
    const { page, client } = await stage.person('elina', `#/games/${GAME}`);
    const post = await openForm(page);
    held.release();
    await askFor(page, 'a harbour at dawn');
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await pictureIn(post, /harbour/).waitFor();
    held.hold();
    const openDialog = async () => {
      await post.locator('post-images summary').first().click();
      await page.getByRole('button', { name: 'Tee toinen samanlainen' }).click();
    };
    await openDialog();
    await page.route('**/regenerate', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByLabel(/Mikä saa muuttua/).fill('a harbour in snow');
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByText(/Pyyntö on tallessa/).waitFor();
    await page.unroute('**/regenerate');
    await page.reload();
    await openDialog();
    await page.getByText('Luodaan kuvaa…').waitFor();
    await page.reload(); // answered now, and not made yet
    await page.route('**/api/generations?*', (route) => route.abort('connectionfailed'));
    await openDialog();
    await page.getByText(/^Ei yhteyttä/).waitFor();
    expect(await page.getByRole('button', { name: 'Luo kuva' }).count()).toBe(0); // perhaps it is being made already
    await page.unroute('**/api/generations?*');
    await page.getByRole('button', { name: 'Yritä uudelleen' }).click();
    await page.getByText('Luodaan kuvaa…').waitFor();
    held.release();
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await pictureIn(post, /snow/).waitFor();
    expect((await client.get('/generations')).body.items).toHaveLength(2);
  });

  test('what was being written to the moderators is there again after the dialog was closed by accident', async () => {
    const { page } = await stage.person('elina', `#/games/${GAME}`);
    const post = await openForm(page);
    held.release();
    await askFor(page, 'a harbour at dawn');
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    const openDialog = async () => {
      await post.locator('post-images summary').first().click();
      await page.getByRole('button', { name: 'Ilmianna' }).click();
    };
    await openDialog();
    await page.getByLabel('Mikä kuvassa on vikana?').fill('This is my own harbour.');
    await page.keyboard.press('Escape');
    await openDialog();
    await expect.poll(() => page.getByLabel('Mikä kuvassa on vikana?').inputValue()).toBe('This is my own harbour.');
    await page.getByRole('dialog').getByRole('button', { name: 'Ilmianna' }).click();
    await page.getByText(/Kiitos/).waitFor();
    await openDialog();
    expect(await page.getByLabel('Mikä kuvassa on vikana?').inputValue()).toBe('');
  });

  test('no network in the middle: the page says so, and shows the picture when it is back', async () => {
    const { page, context } = await stage.person('elina', `#/games/${GAME}`);
    await begin({ page } as Person);
    await context.setOffline(true);
    await page.getByText(/Yhteys on juuri nyt poikki/).waitFor();
    held.release();
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
  });

  test('canceled: nothing is charged, and the form comes back', async () => {
    const elina = await stage.person('elina', `#/games/${GAME}`);
    await begin(elina);
    await elina.page.getByRole('button', { name: 'Peru', exact: true }).click();
    await elina.page.getByText('Peruttu. Ei maksanut mitään.').waitFor();
    expect(await elina.page.evaluate(FOCUSED)).toBe('Peruttu. Ei maksanut mitään.');
    expect((await elina.client.get('/image-credits')).body).toMatchObject({ held: 0, available: 100 });
    await elina.page.getByRole('button', { name: 'Muuta sanoja' }).click();
    await elina.page.getByRole('button', { name: 'Luo kuva' }).waitFor();
  });

  test('two tabs: what is begun in one is seen in the other, to its end', async () => {
    const elina = await stage.person('elina', `#/games/${GAME}`);
    const other = await elina.context.newPage();
    await other.goto(`${stage.origin}/#/mine`);
    await other.getByText('Et ole vielä tehnyt kuvia.').waitFor();
    await begin(elina);
    await other.getByText('Luodaan kuvaa…').waitFor();
    held.release();
    await other.getByRole('img', { name: /harbour/ }).waitFor();
  });

  test('three at once take one stream, and all of them end; a card that is put elsewhere goes on', async () => {
    const { page, client } = await stage.person('elina', '#/mine');
    await page.getByText('Et ole vielä tehnyt kuvia.').waitFor();
    const streams: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/events')) streams.push(request.url());
    });
    for (const scene of ['a harbour', 'a mill', 'a bridge'])
      await client.post(`/games/${GAME}/images`, { mode: 'scene', scene });
    await page.reload();
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(3);
    await page.evaluate(`document.querySelector('main').prepend(document.querySelector('my-generations'))`);
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(3);
    expect(streams.length).toBeLessThanOrEqual(2); // one before the move, and one after it
    held.release();
    for (const scene of [/harbour/, /mill/, /bridge/]) await page.getByRole('img', { name: scene }).waitFor();
    expect(streams.length).toBeLessThanOrEqual(4); // whose turn it is next may follow by a stream
  });

  test('logged out in the middle: the page says so', async () => {
    const elina = await stage.person('elina', `#/games/${GAME}`);
    await elina.page.route('**/events', (route) => route.abort('connectionfailed'));
    await begin(elina);
    await elina.context.clearCookies();
    await elina.page.getByText(/Et ole enää kirjautuneena/).waitFor();
  });

  test('the progress is told to those who cannot see it', async () => {
    const elina = await stage.person('elina', `#/games/${GAME}`);
    await begin(elina);
    const bar = elina.page.getByRole('progressbar', { name: 'Edistyminen' });
    await held.setProgress(0.7);
    await expect
      .poll(() => bar.evaluate((node) => (node as unknown as { value: number }).value))
      .toBeGreaterThanOrEqual(0.69);
  });
});
