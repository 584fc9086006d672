// Each view as everybody should have it: no barrier that axe-core finds, by keyboard alone, on a phone, in both languages and in
// the dark; nothing moves while pictures load, and text from users is text.
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser } from './browser.ts';
import { openForm, place } from './pages.ts';
import { GAME, openPageStage, type PageStage, type Person } from './stage.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const HOSTILE = '<img src=x onerror="window.hacked=1"><b>bold</b>';

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
}

describe.skipIf(!hasBrowser)('every view', () => {
  let stage: PageStage;
  let elina: Person;
  let page: Page;

  beforeAll(async () => {
    stage = await openPageStage({ env: { CREDITS_PER_MONTH: '1000' } });
    elina = await stage.person('elina', `#/games/${GAME}`, { bypassCSP: true });
    page = elina.page;
    const { client } = elina;
    const body = { name: HOSTILE, base_description: HOSTILE };
    const character = (await client.post(`/games/${GAME}/characters`, body)).body;
    const reference = await client.finished(
      (await client.post(`/characters/${character.id}/reference-images`, {})).body,
    );
    await client.put(`/characters/${character.id}/reference-image`, {
      reference_image_id: reference.reference_image_id,
    });
    await client.put(`/characters/${character.id}/looks`, { name: '<i>look</i>', description: HOSTILE });
    const scene = { mode: 'scene_with_character', character_ids: [character.id], scene: `walks ${HOSTILE}` };
    for (const post of await ownPosts(stage))
      await client.finished((await client.post(`/posts/${post}/images`, scene)).body);
    await client.finished((await client.post(`/games/${GAME}/images`, scene)).body);
    await page.reload();
  });
  afterAll(() => stage?.close());

  const VIEWS: [name: string, open: () => Promise<unknown>][] = [
    ['posts', () => go('', 'post-images img')],
    [
      'the form for a picture',
      async () => {
        await go('', 'post-images img');
        await openForm(page);
        await page.getByLabel(/Mitä kohtauksessa|Mitä kuvassa/).waitFor();
      },
    ],
    [
      'a picture that was just made',
      async () => {
        await go('', 'post-images img');
        const placed = await place(page, 'add-image', { 'game-id': `${GAME}` });
        await placed.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
        await placed.locator('.pick').first().click();
        await page.getByRole('button', { name: 'Käytä tätä kuvaa' }).waitFor();
      },
    ],
    ['the menu of a picture', () => openMenu()],
    ['another like this', () => openMenu('Tee toinen samanlainen')],
    ['a report', () => openMenu('Ilmianna')],
    ['a deletion', () => openMenu('Poista kuva')],
    [
      'the lightbox',
      async () => {
        await go('', 'post-images img');
        await page.locator('post-images .open').first().click();
        await page.locator('.forum-images-caption').getByText('<img src=x onerror').waitFor();
      },
    ],
    ['characters', () => go('/characters', 'character-studio .card')],
    [
      'a character',
      async () => {
        await go('/characters', 'character-studio .card');
        await page.locator('character-studio .card').first().click();
        await page.getByText('Hyväksytty').waitFor();
        for (const part of await page.locator('character-studio details > summary').all()) await part.click();
      },
    ],
    [
      'a new character',
      async () => {
        await go('/characters', 'character-studio .card');
        await page.getByRole('button', { name: 'Luo hahmo' }).click();
      },
    ],
    ['gallery', () => go('/gallery', 'image-gallery img')],
    [
      'mine',
      async () => {
        await page.goto(`${stage.origin}/#/mine`);
        await page.locator('my-generations li').first().waitFor();
        await page.getByText('Tapahtumat').click();
      },
    ],
  ];
  const openMenu = async (choice?: string) => {
    await go('', 'post-images img');
    await page.locator('post-images summary').first().click();
    if (choice) await page.getByRole('button', { name: choice }).click();
  };
  const go = async (path: string, shown: string) => {
    await page.goto(`${stage.origin}/#/games/${GAME}${path}`);
    await page.reload();
    await page.locator(shown).first().waitFor();
  };

  test.each(VIEWS)('%s: no serious barrier, in light and dark, on a desk and on a phone of 360 px', async (_, open) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1100, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await open();
        expect(await barriers(page)).toEqual([]);
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(overflow).toBeLessThanOrEqual(0);
      }
    }
  });

  test.each(VIEWS)('%s: what users wrote is shown as text', async (_, open) => {
    await page.setViewportSize({ width: 1100, height: 800 });
    await open();
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
    expect(await page.locator('img[onerror], post-images b, my-generations b').count()).toBe(0);
    expect(elina.complaints).toEqual([]);
  });

  test('the picture’s words stand in the lightbox as text, and Escape closes it', async () => {
    await go('', 'post-images img');
    await page.locator('post-images .open').first().click();
    await page.locator('.forum-images-caption').getByText('<img src=x onerror').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.pswp').count()).toBe(0);
  });

  test('the elements follow the language of the page without a reload', async () => {
    await go('/characters', 'character-studio .card');
    await page.getByRole('button', { name: 'en', exact: true }).click();
    await page.getByRole('button', { name: 'Create character' }).waitFor();
    await page.getByRole('button', { name: 'fi', exact: true }).click();
    await page.getByRole('button', { name: 'Luo hahmo' }).waitFor();
  });

  test('a viewer hides AI pictures, in all tabs, and has them back', async () => {
    await go('', 'post-images img');
    const other = await elina.context.newPage();
    await other.goto(`${stage.origin}/#/games/${GAME}`);
    await other.locator('post-images img').first().waitFor();
    await page.locator('post-images summary').first().click();
    await page.getByRole('button', { name: 'Piilota tekoälykuvat' }).click();
    await expect.poll(() => other.locator('post-images img').count()).toBe(0);
    await page.getByRole('button', { name: 'Näytä tekoälykuvat' }).first().click();
    await other.locator('post-images img').first().waitFor();
    await other.close();
  });

  test('a picture is reported, made again, and deleted', async () => {
    await go('', 'post-images img');
    const post = page.locator('.post', { has: page.locator('post-images img') }).first();
    const choose = async (name: string) => {
      await post.locator('post-images summary').first().click();
      await post.getByRole('button', { name }).click();
    };
    await choose('Ilmianna');
    await page.getByLabel('Mikä kuvassa on vikana?').fill('outo käsi');
    await post.getByRole('dialog').getByRole('button', { name: 'Ilmianna' }).click();
    await post.getByText('Kiitos. Valvojat saivat tiedon.').waitFor();
    const before = await post.locator('post-images figure').count();
    await choose('Tee toinen samanlainen');
    await page.getByText(/^Maksaa 1 krediitti. Sinulla on/).waitFor();
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Lisää viestiin' }).click();
    await expect.poll(() => post.locator('post-images figure').count()).toBe(before + 1);
    await choose('Poista kuva');
    await post.getByRole('dialog').getByRole('button', { name: 'Poista kuva' }).click();
    await expect.poll(() => post.locator('post-images figure').count()).toBe(before);
  });
});

describe.skipIf(!hasBrowser)('a page of 100 illustrated posts', () => {
  test('one request for all pictures, and nothing moves while they load', async () => {
    const stage = await openPageStage({ env: { CREDITS_PER_MONTH: '1000' } });
    try {
      const { client } = await stage.person('mestari');
      const made = await client.finished(
        (await client.post('/posts/1/images', { mode: 'scene', scene: 'a harbour', aspect_ratio: '16:9' })).body,
      );
      illustrateAll(stage, made.post_image_id ?? 0);
      const { page, complaints } = await stage.person('elina');
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      const painted = Promise.withResolvers<void>();
      await page.route('**/image-files/**', async (route) => {
        await painted.promise;
        await route.continue();
      });
      await page.addInitScript(WATCH_SHIFTS);
      await page.goto(`${stage.origin}/#/games/${GAME}`);
      await page.reload();
      await page.locator('post-images img').nth(100).waitFor({ state: 'attached' });
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
      painted.resolve();
      for (let y = 0; y < 12; y += 1) await page.mouse.wheel(0, 2000);
      await page.waitForLoadState('networkidle');
      expect(asked.filter((path) => path === '/api/post-images').length).toBeLessThanOrEqual(4); // two loads of at most 110 posts
      expect(await page.evaluate('shifted')).toBe(0);
      expect(complaints).toEqual([]);
    } finally {
      await stage.close();
    }
  });
});

/** In the page: how far posts were moved by something that nobody had asked for. */
const WATCH_SHIFTS = `
  shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const inPosts = sources.some(({ node }) => node?.nodeType === 1 && node.closest('.posts'));
      if (inPosts && !hadRecentInput) shifted += value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
`;

/** A hundred posts more, each with the picture twice, as an older forum kept it: nobody knows its size. */
function illustrateAll({ database }: PageStage, postImageId: number): void {
  const beat = database.prepare('SELECT beat_id FROM posts WHERE id = 1').pluck().get();
  const post = database.prepare('INSERT INTO posts (beat_id, author_id, content, post_type) VALUES (?, 1, ?, ?)');
  const image = database.prepare(
    `INSERT INTO post_images (post_id, prompt, image_url, thumbnail_url)
     SELECT ?, prompt, image_url, thumbnail_url FROM post_images WHERE id = ?`,
  );
  for (let n = 0; n < 100; n += 1) {
    const id = post.run(beat, `Viesti ${n}`, 'player').lastInsertRowid;
    image.run(id, postImageId);
    image.run(id, postImageId);
  }
}

/** Posts of the game that Elina wrote. */
async function ownPosts({ database }: PageStage): Promise<number[]> {
  return database.prepare('SELECT id FROM posts WHERE author_id = 1 ORDER BY id LIMIT 3').pluck().all() as number[];
}
