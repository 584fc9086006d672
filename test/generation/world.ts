// One service with a Replicate of its own, so that many tests of waiting can wait at the same time.
import { expect } from 'vitest';
import type { Credits, Generation } from '../../src/contract.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import { type Client, startService, type TestService } from '../support/service.ts';

const CREDITS = 10;
/** Nothing of what people read may tell where it came from. */
const INSIDE = /127\.0\.0\.1|https?:|replicate|predictions|token|r8_|\bat \w|undefined|null|Error\b|S3|\d{3}/i;

export interface World extends AsyncDisposable {
  double: ReplicateDouble;
  service: TestService;
  elina: Client;
  ask(body?: object): Promise<Generation>;
  /** Ends without a picture: said in words fit for a person, nothing charged, nothing held. */
  endsWithout(generation: Generation, code: string): Promise<void>;
  /** Ends with a picture that can be loaded. */
  succeeds(generation: Generation): Promise<Generation>;
  credits(): Promise<{ available: number; held: number }>;
  /** Ids of the predictions whose pictures were downloaded. */
  downloads(): string[];
}

export async function openWorld(env: Record<string, string> = {}): Promise<World> {
  const double = await ReplicateDouble.start();
  const service = await startService({
    env: { ...replicateSettings(double), CREDITS_PER_MONTH: String(CREDITS), ...env },
  });
  const elina = await service.as(ELINA);
  const credits = async () => {
    const { available, held } = (await elina.get<Credits>('/image-credits')).body;
    return { available, held };
  };
  return {
    double,
    service,
    elina,
    credits,
    async ask(body = {}) {
      const reply = await elina.post<Generation>(`/games/${GAME}/images`, { mode: 'scene', scene: 'a bay', ...body });
      expect(reply.status).toBe(202);
      return reply.body;
    },
    async endsWithout(generation, code) {
      const ended = await elina.finished(generation);
      const status = code === 'canceled' ? 'canceled' : 'failed';
      expect(ended).toMatchObject({ status, image_url: null, cost: { credits: 1, charged: false } });
      expect(ended.error?.code).toBe(code);
      expect(ended.error?.message).toMatch(/not charged/);
      expect(ended.error?.message).not.toMatch(INSIDE);
      expect(await credits()).toEqual({ available: CREDITS, held: 0 });
    },
    async succeeds(generation) {
      const ended = await elina.finished(generation);
      expect(ended).toMatchObject({ status: 'succeeded', error: null, cost: { charged: true } });
      expect((await fetch(`${service.origin}${ended.image_url}`)).status).toBe(200);
      return ended;
    },
    downloads() {
      const fetched = double.requests.filter(({ call }) => call === 'download');
      return fetched.map(({ path }) => path.split('/')[2] ?? '').sort();
    },
    async [Symbol.asyncDispose]() {
      await service.close();
      await double.close();
    },
  };
}
