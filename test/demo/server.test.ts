// The whole demo program as somebody starts it: a process of its own on an empty folder, seen only through HTTP and its output.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEMO_PASSWORD, FIRST_PICTURE } from '../../src/demo/story.ts';

const PROGRAM = join(import.meta.dirname, '../../src/demo/server.ts');
const READY = 'The first pictures are ready';

let folder: string;
let running: Demo[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-'));
  running = [];
});
afterEach(async () => {
  for (const demo of running) await demo.end('SIGKILL');
  rmSync(folder, { recursive: true });
});

interface Demo {
  lines: string[];
  /** Resolves with the first line, old or new, that has the text; fails when the program ends before. */
  line(text: string): Promise<string>;
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Its exit code; null when a signal ended it. */
  exited: Promise<number | null>;
}

function start(env: Record<string, string> = {}): Demo {
  // Nothing of the tester's own settings: the demo must do without any.
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env.PATH, DEMO_DATA: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const demo = follow(child);
  running.push(demo);
  return demo;
}

function follow(child: ChildProcess): Demo {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const look = () => {
    for (const one of waiting) one();
  };
  for (const input of [child.stdout, child.stderr]) {
    if (!input) continue;
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      look();
    });
  }
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  let closed = false;
  child.once('close', () => {
    closed = true;
    look();
  });
  return {
    lines,
    line: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.find((line) => line.includes(text));
          if (found === undefined && !closed) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found);
          else reject(new Error(`The demo ended without “${text}”:\n${lines.join('\n')}`));
        };
        waiting.add(check);
        check();
      }),
    exited,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

async function visit(demo: Demo) {
  const origin = /http:\S+/.exec(await demo.line('log in as'))?.[0] ?? '';
  const login = await fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'elina@pelisivusto.test', password: DEMO_PASSWORD }),
  });
  expect(login.status).toBe(200);
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const ask = (path: string, method = 'GET') => fetch(`${origin}${path}`, { method, headers: { cookie } });
  const read = async <T>(path: string) => (await (await ask(path)).json()) as T;
  return { ask, read };
}

interface Seen {
  id: number;
  title: string | null;
  image_url: string;
}

/** What the first start has made, as a visitor sees it. */
async function pictures({ read }: Awaited<ReturnType<typeof visit>>) {
  const characters = await read<Seen[]>('/api/games/1/characters');
  const references = await read<Seen[]>(`/api/characters/${characters[0]?.id}/reference-images`);
  const gallery = await read<{ items: Seen[] }>('/api/games/1/images');
  return { characters, references, images: gallery.items };
}

test('the first start shows an illustrated post; the second changes nothing; SIGTERM ends with 0', async () => {
  const first = start();
  await first.line(READY);
  const visitor = await visit(first);
  const made = await pictures(visitor);
  expect(made.characters).toMatchObject([
    { name: FIRST_PICTURE.character.name, reference_revision: 1, style: 'fantasy-art' },
  ]);
  expect(made.references).toMatchObject([{ accepted: true }]);
  expect(made.images).toMatchObject([{ character_ids: [made.characters[0]?.id], ai_generated: true }]);

  const posts = await visitor.read<Seen[]>('/api/beats/1/posts');
  const post = posts.find(({ title }) => title === FIRST_PICTURE.postTitle);
  const [image] = await visitor.read<Seen[]>(`/api/posts/${post?.id}/images`);
  const file = await visitor.ask(image?.image_url ?? '');
  expect(file.headers.get('content-type')).toBe('image/webp');
  expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  expect(await first.end('SIGTERM')).toBe(0);

  const second = start();
  expect(await pictures(await visit(second))).toEqual(made);
  expect(await second.end('SIGINT')).toBe(0);
  expect(second.lines).toHaveLength(1);
});

test('a picture that was deleted stays deleted', async () => {
  const first = start();
  await first.line(READY);
  const visitor = await visit(first);
  const { images } = await pictures(visitor);
  expect((await visitor.ask(`/api/post-images/${images[0]?.id}`, 'DELETE')).status).toBe(204);
  expect(await first.end('SIGTERM')).toBe(0);
  const second = start();
  expect((await pictures(await visit(second))).images).toEqual([]);
});

test.each(['Creating the character', 'Drawing the reference', 'Illustrating the post'])(
  'a first start killed at “%s” is completed by the next, and nothing is made or paid twice',
  async (line) => {
    const first = start();
    await first.line(line);
    await first.end('SIGKILL');
    expect(existsSync(join(folder, 'first-pictures-made'))).toBe(false);

    const second = start();
    await second.line(READY);
    const visitor = await visit(second);
    const made = await pictures(visitor);
    expect(made.characters).toHaveLength(1);
    expect(made.references).toMatchObject([{ accepted: true, revision: 1 }]);
    expect(made.images).toHaveLength(1);
    expect(await visitor.read('/api/image-credits')).toMatchObject({ available: 98, held: 0 });
  },
  60_000,
);

test('SIGTERM in the middle of the first start ends with 0, and the next start goes on', async () => {
  const first = start();
  await first.line('Drawing the reference');
  expect(await first.end('SIGTERM')).toBe(0);
  const second = start();
  await second.line(READY);
});

test('a bad setting is named and ends with 1', async () => {
  const demo = start({ CREDITS_PER_MONTH: 'many' });
  await demo.line('CREDITS_PER_MONTH');
  expect(await demo.exited).toBe(1);
});

test('a port in use is said so, and ends with 1', async () => {
  const first = start();
  const port = /:(\d+) /.exec(await first.line('log in as'))?.[1] ?? '';
  const second = start({ PORT: port });
  await second.line('PORT');
  expect(await second.exited).toBe(1);
});
