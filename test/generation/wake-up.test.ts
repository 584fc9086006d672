// A first try that turns up after a second one was sent: nothing changes but the log, which says that somebody must see the bill.
import { Writable } from 'node:stream';
import BetterSqlite3 from 'better-sqlite3';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { Generation } from '../../src/contract.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { signedHeaders, WEBHOOK_SECRET } from '../support/replicate-webhooks.ts';
import { startService } from '../support/service.ts';

test('a late call about the first try', async () => {
  const double = await ReplicateDouble.start();
  onTestFinished(() => double.close());
  double.holding = true;
  const told: string[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      told.push(String(line));
      done();
    },
  });
  const hooks = { PUBLIC_URL: 'https://forum.example', REPLICATE_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const env = { ...replicateSettings(double), ...hooks };
  await using service = await startService({ env, logger: pino({ level: 'error' }, stream) });
  const elina = await service.as(ELINA);
  const { body } = await elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay' });
  await double.arrived('create');

  const db = new BetterSqlite3(service.forum.path);
  const { nonce } = db.prepare('UPDATE image_generations SET nonce = nonce || ? RETURNING nonce').get('.2') as {
    nonce: string;
  };
  db.close();
  const call = async (about: string) => {
    const payload = JSON.stringify({ id: 'first' });
    const path = `/api/webhooks/replicate?${new URLSearchParams({ generation: body.id, nonce: about })}`;
    const reply = await fetch(service.origin + path, {
      method: 'POST',
      headers: signedHeaders(payload),
      body: payload,
    });
    return reply.status;
  };
  expect(await call(nonce)).toBe(200);
  expect(told).toEqual([]);
  expect(await call(nonce.replace(/\.2$/, ''))).toBe(200);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/may be billed twice/);
  expect((await elina.get<Generation>(`/generations/${body.id}`)).body.status).toBe('generating');
});
