// The service between two doubles: who draws, and who judges.
import type { Credits, Generation } from '../../src/contract.ts';
import { ELINA, GAME } from '../support/forum-file.ts';
import { ModerationDouble } from '../support/moderation-double.ts';
import { replicateSettings } from '../support/program.ts';
import { ReplicateDouble } from '../support/replicate-double.ts';
import {
  type Client,
  type Reply,
  startService,
  type TestService,
  type TestServiceOptions,
} from '../support/service.ts';

export const CREDITS = 1000;

export interface World extends AsyncDisposable {
  judge: ModerationDouble;
  double: ReplicateDouble;
  service: TestService;
  elina: Client;
  ask(body?: object, key?: string): Promise<Reply>;
  credits(): Promise<{ available: number; held: number }>;
  /** Generations of all kinds that the user has. */
  rows(): Promise<Generation[]>;
}

/** What was asked at the start, whether the endpoint is of any use, is forgotten. */
export async function openWorld(
  env: Record<string, string> = {},
  options: Omit<TestServiceOptions, 'env'> = {},
): Promise<World> {
  const judge = await ModerationDouble.start();
  const double = await ReplicateDouble.start({ latencyMs: 30 });
  const service = await startService({
    ...options,
    env: { ...replicateSettings(double), ...judge.settings, ...env },
  });
  judge.forget();
  const elina = await service.as(ELINA);
  return {
    judge,
    double,
    service,
    elina,
    ask: (body = {}, key) =>
      elina.post(
        `/games/${GAME}/images`,
        { mode: 'scene', scene: 'a bay', ...body },
        key ? { 'Idempotency-Key': key } : {},
      ),
    async credits() {
      const { available, held } = (await elina.get<Credits>('/image-credits')).body;
      return { available, held };
    },
    rows: async () => (await elina.get('/generations')).body.items,
    async [Symbol.asyncDispose]() {
      await service.close();
      await double.close();
      await judge.close();
    },
  };
}
