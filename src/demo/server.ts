// The program behind `npm start`: the demo forum with the image service mounted in it, on one database handle and no settings.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApp } from '../app.ts';
import { ConfigError, readConfig } from '../config.ts';
import { makeFirstPictures } from './first-pictures.ts';
import { createForum } from './forum.ts';
import { findFirstPicturePost, seedForum } from './seed.ts';
import { DEMO_PASSWORD, DEMO_USERS } from './story.ts';

type Env = Record<string, string | undefined>;

/** The service's own close takes 20 s at most; a stop that takes longer than this is ended. */
const STOP_DEADLINE_MS = 24_000;

async function main(): Promise<void> {
  const folder = process.env.DEMO_DATA || 'data';
  mkdirSync(folder, { recursive: true });
  const env = settings(folder, process.env);
  const config = readConfig(env, { database: true });
  const database = openForum(folder);
  const images = createApp({ env, database });

  const forum = createForum({
    database,
    jwtSecret: config.jwt?.secret ?? '',
    cookie: config.jwt?.cookie,
    images: images.router,
    imageOrigins: imageOrigins(config.storage),
  });
  const server = createServer(forum);
  const stop = new AbortController();
  stopOnSignal(stop, async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await images.close();
    server.closeAllConnections();
    await closed;
    database.close();
  });
  // The port first: a second copy started by mistake ends there, before it takes work over from the first.
  const origin = await listen(server, config.port, config.host);
  await images.start();
  const names = DEMO_USERS.map(({ username }) => username).join(', ');
  console.log(`The demo forum is at ${origin} – log in as ${names} with the password “${DEMO_PASSWORD}”.`);
  await illustrateOnce(folder, database, origin, stop.signal);
}

/** Everything has a default here, so that nothing needs to be set; the forum's file is always the demo's own. */
function settings(folder: string, env: Env): Env {
  return {
    LOG_LEVEL: 'warn',
    DISK_PATH: join(folder, 'images'),
    ...env,
    JWT_SECRET: env.JWT_SECRET || keptSecret(folder),
    DATABASE_PATH: undefined,
    DATABASE_URL: undefined,
  };
}

/** Kept in a file, so that a login outlives a restart. */
function keptSecret(folder: string): string {
  const file = join(folder, 'jwt-secret');
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, randomBytes(32).toString('base64url'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, 'utf8');
}

function openForum(folder: string): Database.Database {
  const database = new Database(join(folder, 'forum.db'), { timeout: 5000 });
  database.pragma('journal_mode = WAL'); // this file is the demo's own, made a moment ago
  database.pragma('foreign_keys = ON');
  seedForum(database);
  return database;
}

/** Pages may show pictures from the forum itself and from where the storage publishes them. */
function imageOrigins(storage: ReturnType<typeof readConfig>['storage']): string[] {
  const addresses = [storage.publicBaseUrl];
  if (storage.kind === 's3') {
    addresses.push(storage.endpoint, `https://${storage.bucket}.s3.${storage.region}.amazonaws.com`);
  }
  return addresses.flatMap((address) => (address ? [new URL(address).origin] : []));
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      // An address that means "all of them" is not one to visit.
      const name = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
      resolve(`http://${name}:${bound}`);
    });
  });
}

/** On the first start only; the mark is left when all is done, so that a picture deleted later stays deleted. */
async function illustrateOnce(folder: string, database: Database.Database, origin: string, signal: AbortSignal) {
  const mark = join(folder, 'first-pictures-made');
  const post = findFirstPicturePost(database);
  if (existsSync(mark) || !post) return;
  const log = (line: string) => console.log(`  ${line}`);
  try {
    await makeFirstPictures({ origin, gameId: post.game_id, postId: post.id, log, signal });
    writeFileSync(mark, '');
    log('The first pictures are ready.');
  } catch (error) {
    if (signal.aborted) return;
    log(`The first pictures were not made: ${error instanceof Error ? error.message : error}`);
    log('The forum works without them; the next start tries again.');
  }
}

/** Later signals are ignored: npm and the terminal both send one, and the second must not cut the stop short. */
function stopOnSignal(stop: AbortController, close: () => Promise<void>): void {
  const onSignal = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    setTimeout(() => process.exit(0), STOP_DEADLINE_MS).unref();
    close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function fail(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') console.error('The port is already in use; set PORT to a free one.');
  else console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}

main().catch(fail);
