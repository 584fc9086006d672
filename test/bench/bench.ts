// npm run bench: what the service costs on top of a stated floor, as ratios of medians measured in the same run.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import BetterSqlite3 from 'better-sqlite3';
import express from 'express';
import sharp from 'sharp';
import { finishPicture } from '../../src/imaging/index.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { createForumFile, ELINA, ELINAS_POST, GAME } from '../support/forum-file.ts';
import { startService } from '../support/service.ts';

/** Milliseconds, the median of `rounds` calls after some that warm up. */
async function median(rounds: number, work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = -5; round < rounds; round++) {
    const start = performance.now();
    await work(round);
    if (round >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

const results: Record<string, { 'floor, ms': string; 'ours, ms': string; ratio: string; 'floor is': string }> = {};

async function compare(
  name: string,
  floorIs: string,
  rounds: number,
  floor: (n: number) => Promise<unknown>,
  ours: (n: number) => Promise<unknown>,
) {
  const [least, measured] = [await median(rounds, floor), await median(rounds, ours)];
  results[name] = {
    'floor, ms': least.toFixed(2),
    'ours, ms': measured.toFixed(2),
    ratio: (measured / least).toFixed(2),
    'floor is': floorIs,
  };
}

async function benchImaging(): Promise<void> {
  const noise = Buffer.from(Array.from({ length: 1024 * 1024 * 3 }, (_, index) => (index * 2654435761) >>> 24));
  const png = await sharp(noise, { raw: { width: 1024, height: 1024, channels: 3 } })
    .blur(2)
    .png()
    .toBuffer();
  const bare = async () => {
    await sharp(png).webp({ quality: 80 }).toBuffer();
    await sharp(png).resize(320, 320, { fit: 'inside' }).webp({ quality: 80 }).toBuffer();
  };
  await compare('finish a picture', 'sharp: decode and encode image and thumbnail, unchecked', 15, bare, () =>
    finishPicture(png),
  );
}

/** An Express route that does the least that can be done for a POST: parse, one INSERT committed to disk, reply. */
async function startFloor() {
  const forum = createForumFile();
  const db = new BetterSqlite3(join(forum.folder, 'floor.db'));
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE job (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO job (body) VALUES (?)');
  const app = express().use(express.json());
  app.post(
    '/job',
    (req, res) => void res.status(202).json({ id: insert.run(JSON.stringify(req.body)).lastInsertRowid }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.close();
    db.close();
    forum.remove();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/job`, close };
}

async function benchRequests(): Promise<void> {
  const service = await startService({
    env: { WORKERS: 'off', MAX_ACTIVE_PER_USER: '1000', CREDITS_PER_MONTH: '100000' },
  });
  const floor = await startFloor();
  const elina = await service.as(ELINA);
  const body = { mode: 'scene', scene: 'a harbour town under snow, northern lights above the roofs' };
  const headers = { 'content-type': 'application/json' };
  const post = () =>
    fetch(floor.url, { method: 'POST', headers, body: JSON.stringify(body) }).then((res) => res.text());
  await compare('ask for a picture', 'Express + one INSERT, committed', 150, post, () =>
    elina.post(`/games/${GAME}/images`, body),
  );
  floor.close();
  await service.close();
}

async function benchReading(): Promise<void> {
  const service = await startService();
  const db = new BetterSqlite3(service.forum.path);
  const insert = db.prepare(
    "INSERT INTO post_images (post_id, prompt, image_url) VALUES (?, 'a harbour town', '/x.webp')",
  );
  for (let n = 0; n < 100; n++) insert.run(ELINAS_POST);
  const app = express().get('/rows', (_req, res) => void res.json(db.prepare('SELECT * FROM post_images').all()));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`;
  const elina = await service.as(ELINA);
  const floor = () => fetch(url).then((res) => res.json());
  await compare('read 100 pictures', 'Express + SELECT *', 100, floor, () => elina.get(`/posts/${ELINAS_POST}/images`));
  server.close();
  db.close();
  await service.close();
}

async function benchPipeline(): Promise<void> {
  const provider = createPreviewProvider({ durationMs: 0, pollIntervalMs: 1 });
  const service = await startService({ provider });
  const elina = await service.as(ELINA);
  const attempt = { generationId: 'x', nonce: 'x', submittedAt: new Date() };
  const request = {
    model: 'preview:1',
    aspect_ratio: '3:2' as const,
    prompt: 'establishing shot, a lake',
    negative_prompt: '',
    width: 1216,
    height: 832,
    reference: null,
    prompt_strength: null,
    lora: null,
    identity: null,
    num_inference_steps: 40,
    guidance_scale: 7.5,
  };
  const floor = async (seed: number) => {
    const prediction = await provider.submit({ ...request, seed: seed + 5 }, attempt);
    await finishPicture(
      await provider.download({ ...prediction, status: 'succeeded' }, { ...request, seed: seed + 5 }),
    );
  };
  const whole = async (seed: number) => {
    const { body } = await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a lake', seed: seed + 5 });
    await elina.finished(body);
  };
  await compare('a picture, request to row', 'draw and finish the same picture', 20, floor, whole);
  await service.close();
}

for (const bench of [benchImaging, benchRequests, benchReading, benchPipeline]) await bench();
console.table(results);
