// What tests of the pages begin with: the demo forum with the real service in it, a browser, and a page for each person.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createApp } from '../../src/app.ts';
import { createForum } from '../../src/demo/forum.ts';
import { seedForum } from '../../src/demo/seed.ts';
import { DEMO_PASSWORD } from '../../src/demo/story.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { type Client, clientAt } from '../support/service.ts';
import { launch } from './browser.ts';

const JWT_SECRET = 'a secret for tests of pages only';
/** The first game of the demo, and a post of Elina's in it. */
export const GAME = 1;

export interface Person {
  context: BrowserContext;
  page: Page;
  /** The same person without a browser. */
  client: Client;
  /** What the page's console and its scripts complained of. */
  complaints: string[];
}

export interface PageStage {
  origin: string;
  database: Database.Database;
  /** A new browser profile, logged in. @param address of the forum's page, such as #/games/1 */
  person(name: 'elina' | 'vaino' | 'mestari' | 'yllapito', address?: string, options?: PersonOptions): Promise<Person>;
  close(): Promise<void>;
}

export type PersonOptions = Parameters<Browser['newContext']>[0];

export interface PageStageOptions {
  provider?: Provider;
  env?: Record<string, string>;
}

export async function openPageStage({ provider, env = {} }: PageStageOptions = {}): Promise<PageStage> {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  const database = new Database(join(folder, 'forum.db'), { timeout: 5000 });
  database.pragma('journal_mode = WAL');
  database.pragma('foreign_keys = ON');
  seedForum(database);
  const app = createApp({
    env: {
      JWT_SECRET,
      DISK_PATH: join(folder, 'images'),
      RATE_LIMIT_PER_MINUTE: '10000',
      MAX_ACTIVE_PER_USER: '50',
      ...env,
    },
    database,
    provider: provider ?? createPreviewProvider({ durationMs: 50, pollIntervalMs: 20 }),
    logger: pino({ level: process.env.TEST_LOG ?? 'silent' }),
  });
  await app.start();
  const server = createServer(createForum({ database, jwtSecret: JWT_SECRET, images: app.router }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await launch();
  return {
    origin,
    database,
    person: (name, address, options) => enter(browser, origin, { name, address, options }),
    close: async () => {
      await browser.close();
      const closed = new Promise((resolve) => server.close(resolve));
      await app.close();
      server.closeAllConnections();
      await closed;
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function enter(
  browser: Browser,
  origin: string,
  { name, address = '', options }: { name: string; address?: string; options?: PersonOptions },
): Promise<Person> {
  const login = await fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${name}@pelisivusto.test`, password: DEMO_PASSWORD }),
  });
  const token = ((await login.json()) as { token: string }).token;
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
  await context.addCookies([{ name: 'token', value: token, url: origin, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refusal of the service is part of what is tested; a policy that is broken, or a script's own error, never is.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${origin}/${address}`);
  return { context, page, client: clientAt(origin, token), complaints };
}
