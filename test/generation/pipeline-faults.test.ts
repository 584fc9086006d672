// Whatever goes wrong outside: how each picture ends, what it costs its user, and how often it was paid for.
import { describe, expect, test } from 'vitest';
import { GAME } from '../support/forum-file.ts';
import { faults, type Outcome } from '../support/replicate-double.ts';
import type { Fault } from '../support/replicate-faults.ts';
import { openWorld } from './world.ts';

describe.concurrent('creating', () => {
  test.each<[name: string, fault: Fault, code: string, accepts: boolean]>([
    ['a wrong token', faults.answer(401, { detail: 'Unauthenticated' }), 'provider_unavailable', false],
    ['no credit', faults.withoutCredit(), 'provider_unavailable', false],
    ['forbidden', faults.answer(403, { detail: 'no' }), 'provider_unavailable', false],
    ['a refused input', faults.answer(422, { detail: '- input.prompt: too long r8_secret' }), 'provider_error', true],
    ['an unknown version', faults.answer(404, { detail: 'nowhere' }), 'provider_error', true],
  ])('%s: ends at once, is free, and is not tried again', async (_name, fault, code, accepts) => {
    await using world = await openWorld();
    world.double.next('create', fault);
    await world.endsWithout(await world.ask(), code);
    expect(world.double.count('create')).toBe(1);
    expect(world.double.bill).toHaveLength(0);
    // A token or an account that has to be mended first: new work is refused before anything is held.
    const next = await world.elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'another bay' });
    if (accepts) return void (await world.succeeds(next.body));
    expect(next).toMatchObject({ status: 503, body: { code: 'provider_unavailable' } });
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await world.credits()).toEqual({ available: 10, held: 0 });
  });

  test('asked to wait: waits as long as it was told, and is paid once', async () => {
    await using world = await openWorld();
    world.double.next('create', faults.throttled({ header: '1' }));
    const generation = await world.ask();
    await world.double.arrived('create');
    const refused = Date.now();
    await world.double.arrived('create', 2);
    expect(Date.now() - refused).toBeGreaterThan(900);
    await world.succeeds(generation);
    expect(world.double.count('create')).toBe(2);
    expect(world.double.bill).toHaveLength(1);
  });

  test.each<[name: string, fault: Fault]>([
    ['the connection breaks after it was accepted', faults.reset('after')],
    ['a web page comes instead', faults.htmlPage()],
    ['half an answer comes', faults.brokenJson()],
    ['an answer without an id comes', faults.withMembers({ id: undefined })],
    ['a server error comes, though it was accepted', faults.answer(502, '<html>', {}, true)],
  ])('%s: it is found in the list, and never sent again', async (_name, fault) => {
    await using world = await openWorld();
    world.double.next('create', fault);
    await world.succeeds(await world.ask());
    expect(world.double.count('create')).toBe(1);
    expect(world.double.bill).toHaveLength(1);
    expect(world.double.count('list')).toBeGreaterThan(0);
  });

  test.each<[name: string, fault: Fault]>([
    ['a server error', faults.serverError()],
    ['a broken connection', faults.reset('before')],
  ])('%s, and the list does not hold it: only looked for, never sent again', async (_name, fault) => {
    await using world = await openWorld();
    world.double.next('create', fault);
    const generation = await world.ask();
    await world.double.arrived('list', 2);
    expect(world.double.count('create')).toBe(1);
    // Until people have to look it may still turn up; so the credits stay held, and a cancel is taken note of.
    expect((await world.elina.get(`/generations/${generation.id}`)).body.status).toBe('generating');
    expect(await world.credits()).toEqual({ available: 9, held: 1 });
  });

  test('two requests alike to the last detail, both answers lost: each finds its own', async () => {
    await using world = await openWorld();
    world.double.next('create', faults.reset('after'), faults.reset('after'));
    const twins = await Promise.all([world.ask({ seed: 7 }), world.ask({ seed: 7 })]);
    for (const twin of twins) await world.succeeds(twin);
    expect(world.double.bill).toHaveLength(2);
    expect(new Set(world.double.bill.map(({ input }) => JSON.stringify(input)))).toHaveProperty('size', 1);
    // Each was downloaded: had both taken the same one, the other would have been paid for nothing.
    expect(world.downloads()).toEqual(world.double.bill.map(({ id }) => id).sort());
  });

  test('two requests alike, the answer of one lost: it does not take the picture of the other', async () => {
    await using world = await openWorld();
    world.double.next('create', null, faults.reset('after'));
    const twins = [await world.ask({ seed: 7 }), await world.ask({ seed: 7 })];
    for (const twin of twins) await world.succeeds(twin);
    expect(world.downloads()).toEqual(world.double.bill.map(({ id }) => id).sort());
  });
});

describe.concurrent('waiting', () => {
  test.each<[name: string, fault: Fault]>([
    ['a server error', faults.serverError(503)],
    ['too many questions', faults.throttled({ header: '1' })],
    ['a broken connection', faults.reset('before')],
    ['a web page', faults.htmlPage()],
    ['half an answer', faults.brokenJson()],
    ['a status nobody knows', faults.withMembers({ status: 'daydreaming' })],
  ])('%s in between does not matter', async (_name, fault) => {
    await using world = await openWorld();
    world.double.next('get', fault);
    await world.succeeds(await world.ask());
    expect(world.double.bill).toHaveLength(1);
  });

  test.each<[name: string, outcome: Outcome, code: string, fetches: number]>([
    ['refused by the safety checker', { nsfw: true }, 'output_rejected', 0],
    ['failed', { error: 'CUDA out of memory at replicate.delivery' }, 'provider_error', 0],
    ['aborted', { status: 'aborted' }, 'timed_out', 0],
    ['canceled by somebody else', { status: 'canceled' }, 'canceled', 0],
    ['succeeded with nothing', { output: null }, 'provider_error', 0],
    ['succeeded with an empty list', { output: [] }, 'provider_error', 0],
    ['succeeded with a foreign address', { output: ['https://evil.test/a.png'] }, 'provider_error', 0],
    ['succeeded with an address inside', { output: ['http://169.254.169.254/latest'] }, 'provider_error', 0],
    ['succeeded with a data address', { output: ['data:image/png;base64,AAAA'] }, 'provider_error', 0],
  ])('%s: ends, and is free', async (_name, outcome, code, fetches) => {
    await using world = await openWorld();
    world.double.nextOutcome(outcome);
    await world.endsWithout(await world.ask(), code);
    expect(world.double.count('create')).toBe(1);
    expect(world.double.count('download')).toBe(fetches);
  });

  const UNKNOWN = faults.answer(404, { detail: 'The requested resource could not be found.' });

  test('unknown to the provider for a moment: a paid picture is not given up for that', async () => {
    await using world = await openWorld();
    world.double.next('get', UNKNOWN, UNKNOWN);
    await world.succeeds(await world.ask());
    expect(world.double.count('create')).toBe(1);
  });

  test('forgotten by the provider: ends when its time is over, and is free', async () => {
    await using world = await openWorld({ GENERATION_TIMEOUT_S: '5' });
    world.double.next('get', ...Array.from({ length: 50 }, () => UNKNOWN));
    await world.endsWithout(await world.ask(), 'provider_error');
    expect(world.double.count('create')).toBe(1);
  });

  test('too long: the provider is asked to stop, and it is free', async () => {
    await using world = await openWorld({ GENERATION_TIMEOUT_S: '5' });
    world.double.holding = true;
    await world.endsWithout(await world.ask(), 'timed_out');
    expect(world.double.count('create')).toBe(1);
  });

  test('canceled: the provider is asked to stop, and it is free', async () => {
    await using world = await openWorld();
    world.double.holding = true;
    const generation = await world.ask();
    await world.double.arrived('get');
    expect((await world.elina.delete(`/generations/${generation.id}`)).body).toMatchObject({ status: 'canceled' });
    await world.endsWithout(generation, 'canceled');
    expect(world.double.count('cancel')).toBe(1);
    expect((await world.elina.delete(`/generations/${generation.id}`)).status).toBe(409);
  });
});

describe.concurrent('fetching', () => {
  const picture: Record<string, Fault> = {
    'a server error': faults.serverError(502),
    'a broken connection': faults.reset('before'),
    'less than promised': faults.cutShort(),
    'a clean end in the middle': faults.truncated(),
    'a web page': faults.htmlPage(),
    forbidden: faults.answer(403),
    'not there yet': faults.answer(404),
    'an endless picture': faults.manyBytes(17 * 1024 * 1024),
  };
  test.each(Object.entries(picture))('%s once: the paid picture is fetched again', async (_name, fault) => {
    await using world = await openWorld();
    world.double.next('download', fault);
    await world.succeeds(await world.ask());
    expect(world.double.bill).toHaveLength(1);
  });

  test.each(['a clean end in the middle', 'a web page', 'forbidden', 'not there yet'])(
    '%s every time: ends, and is free',
    async (name) => {
      await using world = await openWorld();
      const always = picture[name] as Fault;
      world.double.next('download', always, always, always, always);
      await world.endsWithout(await world.ask(), 'provider_error');
      expect(world.double.count('download')).toBe(3);
      expect(world.double.count('create')).toBe(1);
    },
  );
});
