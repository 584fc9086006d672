// Makes pictures of each view, on a desk, on a phone and in the dark, for people to look at: `npm run screenshots`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { hasBrowser } from './browser.ts';
import { openForm } from './pages.ts';
import { GAME, openPageStage, type PageStage, type PersonOptions } from './stage.ts';

const FOLDER = join(import.meta.dirname, 'screenshots');
const SCREENS: Record<string, PersonOptions> = {
  desktop: { viewport: { width: 1200, height: 900 }, colorScheme: 'light' },
  phone: { viewport: { width: 360, height: 760 }, deviceScaleFactor: 2, isMobile: true, colorScheme: 'light' },
  dark: { viewport: { width: 1200, height: 900 }, colorScheme: 'dark' },
};

const CAST = [
  {
    name: 'Aino',
    base_description: 'young woman, long red braid, green eyes, grey wool cloak, scar on the left cheek',
    style: 'fantasy-art',
  },
  {
    name: 'Ilmo',
    base_description: 'old man, grey beard, blue eyes, leather apron, burnt hands',
    style: 'oil-painting',
  },
];

const VIEWS: Record<string, (page: Page) => Promise<unknown>> = {
  posts: async (page) => {
    await go(page, `games/${GAME}`, 'post-images img');
    await page.evaluate("document.querySelector('.post:has(add-image)').scrollIntoView({ block: 'center' })");
  },
  'add-image': async (page) => {
    await go(page, `games/${GAME}`, 'post-images img');
    await openForm(page);
    await page.getByRole('checkbox').first().check();
    await page.getByLabel(/Mitä kohtauksessa/).fill('standing on a bridge in the rain, holding a lantern');
    await page.locator('meter').waitFor();
  },
  preview: async (page) => {
    await VIEWS['add-image']?.(page);
    await page.getByRole('button', { name: 'Luo kuva' }).click();
    await page.getByRole('button', { name: 'Lisää viestiin' }).waitFor();
  },
  characters: (page) => go(page, `games/${GAME}/characters`, 'character-studio img'),
  character: async (page) => {
    await go(page, `games/${GAME}/characters`, 'character-studio img');
    await page.getByRole('button', { name: /Aino/ }).click();
    await page.getByText('Hyväksytty').waitFor();
  },
  'new-character': async (page) => {
    await go(page, `games/${GAME}/characters`, 'character-studio img');
    await page.getByRole('button', { name: 'Luo hahmo' }).click();
    await page.getByLabel('Hiukset').fill('long red braid');
  },
  gallery: (page) => go(page, `games/${GAME}/gallery`, 'image-gallery img'),
  lightbox: async (page) => {
    await go(page, `games/${GAME}/gallery`, 'image-gallery img');
    await page.locator('image-gallery .open').first().click();
    await page.locator('.pswp__img').first().waitFor();
  },
  mine: async (page) => {
    await go(page, 'mine', 'my-generations img');
  },
};

/** In the page: whether every picture that is to be seen has come, also in the elements' own trees. */
const ALL_LOADED = `(() => {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])]);
  const seen = (image) => { const { top, bottom } = image.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };
  return all(document).every((node) => node.localName !== 'img' || !seen(node) || node.complete);
})()`;

async function go(page: Page, path: string, shown: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/${path}`);
  await page.reload();
  await page.locator(shown).first().waitFor();
}

async function main(): Promise<void> {
  if (!hasBrowser) throw new Error('There is no Chromium here to make pictures with.');
  mkdirSync(FOLDER, { recursive: true });
  const provider = createPreviewProvider({ durationMs: 50, pollIntervalMs: 20 });
  const stage = await openPageStage({ provider });
  try {
    await furnish(stage);
    for (const [screen, options] of Object.entries(SCREENS)) {
      for (const [view, open] of Object.entries(VIEWS)) await take(stage, { screen, view, options, open });
    }
  } finally {
    await stage.close();
  }
}

async function take(
  stage: PageStage,
  {
    screen,
    view,
    options,
    open,
  }: { screen: string; view: string; options: PersonOptions; open: (page: Page) => Promise<unknown> },
): Promise<void> {
  const { page, context } = await stage.person('elina', '', options);
  await open(page);
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(ALL_LOADED);
  await sharp(await page.screenshot())
    .webp({ quality: 70 })
    .toFile(join(FOLDER, `${view}-${screen}.webp`));
  await context.close();
}

/** Two characters with accepted references, and a picture in each of Elina's first posts. */
async function furnish(stage: PageStage): Promise<void> {
  const { client, context } = await stage.person('elina');
  for (const fields of CAST) {
    const { body: character } = await client.post(`/games/${GAME}/characters`, fields);
    const asked = await client.post(`/characters/${character.id}/reference-images`, { count: 3 });
    const [made] = await Promise.all(asked.body.map((one: { id: string }) => client.finished(one)));
    await client.put(`/characters/${character.id}/reference-image`, { reference_image_id: made.reference_image_id });
    const scene = {
      mode: 'scene_with_character',
      character_ids: [character.id],
      scene: 'walks through a snowy forest at dusk',
    };
    const posts = stage.database.prepare('SELECT id FROM posts WHERE author_id = 1 ORDER BY id LIMIT 3').pluck().all();
    for (const post of posts) await client.finished((await client.post(`/posts/${post}/images`, scene)).body);
  }
  await context.close();
}

await main();
