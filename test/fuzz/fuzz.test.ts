// Ten thousand requests that nobody should send, to the real program: it refuses each with a sentence, and goes on.
// FUZZ_REQUESTS and FUZZ_SEED choose how many and which; the seed of every run is printed.
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReply } from '../../src/contract.ts';
import { ADMIN, createForumFile, ELINA, type ForumFile, GAME, GM, VAINO } from '../support/forum-file.ts';
import { type Program, settingsFor, startProgram } from '../support/program.ts';
import { tokenOf } from '../support/service.ts';
import { type FuzzRequest, fuzzRequests, type OpenApi } from './requests.ts';
import { type Answer, createWire, sendRaw } from './wire.ts';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 8;
/** Few, or the machine would draw pictures all the time. */
const CREDITS = 25;

const STATUS_OF: Record<string, number> = {
  invalid_request: 400,
  unauthenticated: 401,
  insufficient_credits: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  prompt_rejected: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  too_many_active: 429,
};
const INSIDE =
  /node_modules|SQLITE|\bselect .+ from\b|\.[jt]s:\d+|^\s+at |\/src\/|forum\.db|Error:|\bUnexpected token|zod/im;

let forum: ForumFile;
let program: Program;
let wire: ReturnType<typeof createWire>;
let arbitrary: fc.Arbitrary<FuzzRequest>;
beforeAll(async () => {
  forum = createForumFile();
  program = await startProgram(
    settingsFor(forum, { CREDITS_PER_MONTH: String(CREDITS), RATE_LIMIT_PER_MINUTE: '100000' }),
  );
  const cookie = async (id: number, claims = {}) => `token=${await tokenOf(id, claims)}`;
  wire = createWire(program.origin, {
    anonymous: '',
    player: await cookie(ELINA),
    other: await cookie(VAINO),
    gm: await cookie(GM),
    admin: await cookie(ADMIN),
    nobody: await cookie(999),
    junk: 'token=%zz; token=eyJhbGciOiJub25lIn0.eyJpZCI6NH0.; =; ;;token',
  });
  const elina = await program.as(ELINA);
  const character = { name: 'Aino', base_description: 'red braid, green eyes' };
  const { body } = await elina.post(`/games/${GAME}/characters`, character);
  const candidate = await elina.finished((await elina.post(`/characters/${body.id}/reference-images`)).body);
  await elina.put(`/characters/${body.id}/reference-image`, { reference_image_id: candidate.reference_image_id });
  const draft = await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a quiet bay' });
  const { body: api } = await elina.get<OpenApi>('/image-openapi.json');
  arbitrary = fuzzRequests(api, [candidate.id, draft.body.id]);
});
afterAll(async () => {
  wire?.close();
  await program?.end('SIGKILL');
  forum?.remove();
});

test(`${REQUESTS} random requests (FUZZ_SEED=${SEED})`, { timeout: 120_000 }, async () => {
  const requests = fc.sample(arbitrary, { numRuns: REQUESTS, seed: SEED });
  const faults: unknown[] = [];
  const seen: Record<number, number> = {};
  let warm = 0;
  let next = 0;
  const sender = async () => {
    for (let i = next++; i < requests.length && faults.length < 10; i = next++) {
      const request = requests[i] as FuzzRequest;
      if (i === Math.floor(REQUESTS / 3)) warm = residentMb();
      const answer = await wire.send(request).catch((error: Error) => error);
      const fault = answer instanceof Error ? answer.message : faultOf(request, answer);
      if (!(answer instanceof Error)) seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      if (fault)
        faults.push({ fault, i, ...request, body: request.body?.toString().slice(0, 300), answer: shown(answer) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  console.info(`FUZZ_SEED=${SEED}`, seen, `${warm} MB, then ${residentMb()} MB`);
  expect(faults).toEqual([]);
  // That all these were met shows that the requests get past the first guard and into the rooms behind it.
  const met = Object.keys(seen).map(Number);
  if (REQUESTS >= 5000)
    expect(met).toEqual(expect.arrayContaining([200, 201, 202, 204, 400, 401, 403, 404, 409, 413, 415]));
  expect(residentMb() - warm).toBeLessThan(120);
  expect(program.child.exitCode).toBeNull();
});

const HEAD = (line: string, more = '') => `${line} HTTP/1.1\r\nHost: x\r\n${more}`;
const JSON_TYPE = 'Content-Type: application/json\r\n';
const ASK = HEAD(`POST /api/games/${GAME}/images`, JSON_TYPE);
const RAW: [name: string, bytes: string | Buffer, then?: 'end' | 'reset'][] = [
  ['a body that stops coming', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`],
  ['a client that goes away in its body', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`, 'reset'],
  ['half a body and a polite goodbye', `${ASK}Content-Length: 1000\r\n\r\n{"mode":`, 'end'],
  ['more body than announced', `${ASK}Content-Length: 2\r\n\r\n{}{"mode":"scene"}\r\n\r\n`],
  ['two lengths', `${ASK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `],
  ['a negative length', `${ASK}Content-Length: -1\r\n\r\n`],
  [
    'a length and chunks',
    `${ASK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/image-styles HTTP/1.1\r\n\r\n`,
  ],
  ['chunks of no size', `${ASK}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
  ['a chunk of endless size', `${ASK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}`],
  ['chunks without an end', `${ASK}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`, 'end'],
  ['an unknown transfer encoding', `${ASK}Transfer-Encoding: gzip, junk\r\n\r\n{}`],
  ['a NUL in a header', HEAD('GET /api/image-styles', 'X-A: \0\r\n\r\n')],
  ['a folded header', HEAD('GET /api/image-styles', 'X-A: b\r\n c\r\n\r\n')],
  ['no host', 'GET /api/image-styles HTTP/1.1\r\n\r\n'],
  ['a header of 40 KB', HEAD('GET /api/image-styles', `X-A: ${'a'.repeat(40_000)}\r\n\r\n`)],
  ['3000 headers', HEAD('GET /api/image-styles', `${'X-A: b\r\n'.repeat(3000)}\r\n`)],
  ['a cookie of 15 KB', HEAD('GET /api/image-credits', `Cookie: token=${'a'.repeat(15_000)}\r\n\r\n`)],
  ['no HTTP at all', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
  ['an old HTTP', 'GET /api/image-styles\r\n\r\n'],
  ['an absolute address', HEAD('GET http://elsewhere.test/api/image-styles', '\r\n')],
  ['an asterisk', HEAD('OPTIONS *', '\r\n')],
  ['an unmet expectation', `${ASK}Expect: miracles\r\nContent-Length: 2\r\n\r\n{}`],
  ['an upgrade', HEAD('GET /api/image-styles', 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n')],
  ['fifty requests in one go', HEAD('GET /api/image-styles', '\r\n').repeat(50)],
  ['raw bytes in the path', Buffer.from(`GET /api/characters/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n`, 'latin1')],
  ['a method nobody knows', HEAD('BREW /api/image-styles', '\r\n')],
  ['a bomb', Buffer.concat([Buffer.from(bombHead()), bomb()])],
];

test.each(RAW)('raw bytes: %s', async (_name, bytes, then) => {
  const text = await sendRaw(program.origin, bytes, { then });
  expect(text).not.toMatch(/^HTTP\/1\.1 5/m);
  expect(text).not.toMatch(INSIDE);
  const { status, ms } = await wire.send({
    user: 'anonymous',
    method: 'GET',
    path: '/api/image-healthz',
    headers: {},
    body: undefined,
  });
  expect(status).toBe(200);
  expect(ms).toBeLessThan(1000);
});

test('afterwards every credit is accounted for, and the database is sound', async () => {
  const ids = [ELINA, VAINO, GM, ADMIN];
  for (const id of ids) {
    const client = await program.as(id);
    for (const generation of (await client.get('/generations?active=1&limit=100')).body.items)
      await client.finished(generation);
  }
  const { code, stderr } = await program.end('SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const db = new BetterSqlite3(forum.path, { readonly: true });
  const accounts = db.prepare(ACCOUNTS).all() as { balance: number; sum: number; held: number; heldSum: number }[];
  expect(accounts.length).toBeGreaterThan(0);
  for (const account of accounts) {
    expect(account).toMatchObject({ balance: account.sum, held: 0, heldSum: 0 });
    expect(account.balance).toBeGreaterThanOrEqual(0);
  }
  expect(db.prepare(UNRESOLVED).all()).toEqual([]);
  expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
});

const ACCOUNTS = `
  select account.balance, account.held, sum(entry.amount) as sum, sum(entry.held) as heldSum
  from image_credit_accounts account join image_credit_entries entry using (user_id) group by user_id`;
/** Generations whose hold was not resolved exactly once, or not as they ended. */
const UNRESOLVED = `
  select id, status from image_generations as g where 1 <> (
    select count(*) from image_credit_entries where generation_id = g.id
      and kind = case g.status when 'succeeded' then 'settle' else 'void' end)`;

/** What is wrong with an answer; undefined when it is as it should be. */
function faultOf(request: FuzzRequest, { status, headers, text, ms }: Answer): string | undefined {
  if (ms > 2000) return `took ${Math.round(ms)} ms`;
  if (status >= 500) return 'a fault of ours';
  // The pages that show the contract are somebody else's, and speak HTML.
  if (status < 400 || request.method === 'HEAD' || request.path.startsWith('/api/image-docs')) return undefined;
  if (!String(headers['content-type']).startsWith('application/json')) return 'an error that is no JSON';
  const reply = ErrorReply.strict().safeParse(JSON.parse(text));
  if (!reply.success) return `an error of another shape: ${reply.error.message}`;
  const { error, code, request_id } = reply.data;
  if (STATUS_OF[code] !== status) return `code ${code} with status ${status}`;
  if (error.length < 10 || !error.includes(' ')) return 'no sentence';
  if (request_id === '') return 'no request id';
  if (status === 429 && !headers['retry-after']) return 'no Retry-After';
  return INSIDE.test(text) ? 'its inside' : undefined;
}

function shown(answer: Answer | Error): unknown {
  return answer instanceof Error ? answer.message : { ...answer, text: answer.text.slice(0, 500) };
}

function residentMb(): number {
  const path = `/proc/${program.child.pid}/status`;
  if (!existsSync(path)) return 0;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024);
}

function bomb(): Buffer {
  return gzipSync(Buffer.alloc(20_000_000, ' '));
}

function bombHead(): string {
  return `${ASK}Content-Encoding: gzip\r\nContent-Length: ${bomb().length}\r\n\r\n`;
}
