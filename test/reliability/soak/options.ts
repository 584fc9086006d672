// What a soak is told on its command line.
import { parseArgs } from 'node:util';

export interface SoakOptions {
  minutes: number;
  /** Pictures that are asked for in a second, whether or not the service keeps up. */
  perSecond: number;
  /** How long the provider works on a picture, s: between these two. */
  latencyS: [number, number];
  /** Of a hundred calls of the provider and the storage so many go wrong. */
  faults: number;
  /** Null: it is not killed. */
  killEveryMs: number | null;
  wakeUp: 'polling' | 'webhook';
  storage: 'disk' | 's3';
  seed: number;
  /** Whether the provider's pictures are as large as real ones. */
  realPictures: boolean;
  writesReport: boolean;
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000 };

/** @throws for an option that is none */
export function readOptions(args: string[]): SoakOptions {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string' },
      'per-second': { type: 'string', default: '2' },
      latency: { type: 'string', default: '5-60' },
      faults: { type: 'string', default: '0' },
      'kill-every': { type: 'string' },
      'wake-up': { type: 'string', default: 'polling' },
      storage: { type: 'string', default: 'disk' },
      seed: { type: 'string', default: String(Date.now() % 100_000) },
      'no-report': { type: 'boolean', default: false },
    },
  });
  const [shortest, longest = shortest] = values.latency.split('-').map((part) => positive('latency', part));
  return {
    minutes: positive('minutes', values.minutes),
    perSecond: positive('per-second', values['per-second']),
    latencyS: [shortest ?? 0, longest ?? 0],
    faults: Number(values.faults),
    killEveryMs: values['kill-every'] === undefined ? null : duration(values['kill-every']),
    wakeUp: oneOf(['polling', 'webhook'], values['wake-up']),
    storage: oneOf(['disk', 's3'], values.storage),
    seed: Number(values.seed),
    realPictures: true,
    writesReport: !values['no-report'],
  };
}

function positive(name: string, value: string | undefined): number {
  if (!(Number(value) > 0)) throw new Error(`--${name}: must be a number above 0`);
  return Number(value);
}

function duration(text: string): number {
  const [, count, unit = ''] = /^(\d+)([sm])$/.exec(text) ?? [];
  if (!count) throw new Error('--kill-every: must be like 90s or 3m');
  return Number(count) * (UNITS[unit] ?? 0);
}

function oneOf<T extends string>(known: T[], value: string): T {
  const found = known.find((one) => one === value);
  if (!found) throw new Error(`${value}: must be one of ${known.join(', ')}`);
  return found;
}
