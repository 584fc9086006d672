// A request whose answer was lost is sent again once, and only when the provider's list has twice, and late enough, not held it.
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Ledger } from '../../src/credits/ledger.ts';
import { findGeneration } from '../../src/database/generations.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type OpenDatabase, openPath } from '../../src/database/open.ts';
import { Endings } from '../../src/generation/endings.ts';
import { GenerationEvents } from '../../src/generation/events.ts';
import { Gates } from '../../src/generation/gates.ts';
import { Moves, type StepParts } from '../../src/generation/moves.ts';
import { Pace } from '../../src/generation/pace.ts';
import { Submit } from '../../src/generation/submit.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { ProviderError } from '../../src/providers/provider.ts';
import { Breaker } from '../../src/queue/breaker.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';
import { createForumFile, type ForumFile } from '../support/forum-file.ts';

const OWNER = 'this worker';
const START = new Date('2026-06-01T12:00:00.000Z');

let forum: ForumFile;
let opened: OpenDatabase;
let submit: Submit;
/** What the list says at the next look: nothing, or that it cannot be read. */
let unreadable = false;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  unreadable = false;
  forum = createForumFile();
  opened = openPath(forum.path);
  await migrate(opened.connection, {});
  submit = newProcess();
  opened.connection.exec(`
    INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status, nonce,
      image_key, thumbnail_key, submitted_at, credits, run_at_ms, created_at, updated_at)
    VALUES ('g', 'draft', 1, 1, 'scene', '[]', '', '', '{}', 'submitting', 'n', 'i', 't', '${START.toISOString()}', 1, 0,
      '${START.toISOString()}', '${START.toISOString()}')`);
});
afterEach(async () => {
  vi.useRealTimers();
  await opened.db.destroy();
  forum.remove();
});

function newProcess(): Submit {
  const { db } = opened;
  const storage = createDiskStorage({ kind: 'disk', path: `${forum.folder}/images`, publicBaseUrl: undefined });
  const events = new GenerationEvents();
  const ledger = new Ledger(db, { creditsPerMonth: 10 });
  const endings = new Endings({ db, ledger, storage, events, deleteFiles: async () => {} });
  const provider = {
    ...createPreviewProvider(),
    find: async () => {
      if (unreadable) throw new ProviderError('later', 'the list cannot be read');
      return undefined;
    },
  };
  const log = pino({ level: 'silent' });
  const parts: StepParts = {
    db,
    provider,
    storage,
    endings,
    events,
    log,
    breaker: new Breaker(),
    pace: new Pace({ db, provider, maxInFlight: 1 }),
    gates: new Gates({ text: null, picture: null }, log),
    generationTimeoutS: 60,
  };
  return new Submit(parts, new Moves(parts, OWNER));
}

/** One search, so many seconds after the request. @returns where the generation stands after it */
async function lookAt(second: number): Promise<string> {
  vi.setSystemTime(START.getTime() + second * 1000);
  opened.connection.prepare("UPDATE image_generations SET lease_owner = ? WHERE id = 'g'").run(OWNER);
  const row = await findGeneration(opened.db, 'g');
  if (row?.status === 'submitting') await submit.find(row);
  const { status, nonce } = (await findGeneration(opened.db, 'g')) ?? {};
  return `${status} ${nonce}`;
}

test('absent twice, a minute apart and two minutes after it was sent, it is sent again as another attempt', async () => {
  expect(await lookAt(30)).toBe('submitting n');
  expect(await lookAt(119)).toBe('submitting n');
  expect(await lookAt(120)).toBe('submitting n');
  expect(await lookAt(179)).toBe('submitting n');
  expect(await lookAt(180)).toBe('queued n.2');
});

test('a list that cannot be read proves nothing', async () => {
  unreadable = true;
  for (const second of [120, 180, 240]) expect(await lookAt(second)).toBe('submitting n');
  unreadable = false;
  expect(await lookAt(300)).toBe('submitting n');
  expect(await lookAt(360)).toBe('queued n.2');
});

test('a crash in between does not begin the proof anew', async () => {
  expect(await lookAt(130)).toBe('submitting n');
  submit = newProcess();
  expect(await lookAt(189)).toBe('submitting n');
  submit = newProcess();
  expect(await lookAt(190)).toBe('queued n.2');
});

test('the second attempt is the last: lost too, it is for people to look at', async () => {
  opened.connection.exec("UPDATE image_generations SET nonce = 'n.2'");
  for (const second of [130, 200, 300, 600]) expect(await lookAt(second)).toBe('submitting n.2');
  expect(await lookAt(601)).toBe('needs_review n.2');
});

test('after ten minutes nothing is sent any more: the provider forgets what it was asked for', async () => {
  expect(await lookAt(601)).toBe('needs_review n');
});
