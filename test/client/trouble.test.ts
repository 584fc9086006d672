// What can go wrong in front of a page: a reload, no network, a failure, no credits, refused words, a change of mind, two tabs.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHeldProvider } from '../http/stage.ts';
import { hasBrowser } from './browser.ts';
import { askFor, openForm } from './pages.ts';
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
    await askFor(page, 'a lantern on a pier');
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
    expect(lost).toBe(1);
    expect((await client.get('/generations')).body.items).toHaveLength(1);
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
    await post.getByRole('img', { name: /harbour/ }).waitFor();
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
