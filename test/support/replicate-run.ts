// The life of one prediction inside the double: where it stands is worked out from the clock whenever somebody looks.
import { type Input, logsOf, runError } from './replicate-model.ts';

/** How a prediction turns out; nothing set means a picture after the usual time. */
export interface Outcome {
  latencyMs?: number;
  /** Ends as failed, with this text. */
  error?: string;
  /** Ends as failed, refused by the safety checker. */
  nsfw?: boolean;
  /** Said in place of `succeeded`, for instance a status that nobody knows yet. */
  status?: string;
  /** Said in place of the address of the picture; null and other shapes included. */
  output?: unknown;
  /** The version that answers in place of the one asked for. */
  version?: string;
  /** Said as metrics.predict_time. */
  predictSeconds?: number;
  /** The create is answered with the finished prediction. */
  atOnce?: boolean;
}

export interface DoublePrediction {
  readonly id: string;
  readonly input: Input;
  /** `owner/name` */
  readonly model: string;
  readonly version: string;
  /** A list of addresses or a single one. */
  readonly outputKind: 'uri' | 'uri[]';
  readonly createdAt: Date;
  readonly outcome: Outcome;
  /** Kept at this point by the test. */
  held: { status: 'starting' | 'processing'; progress: number } | null;
  endsAt: number;
  /** Set by Cancel-After. */
  deadline: number | null;
  canceledAt: number | null;
  removed: boolean;
  picture: Promise<Buffer> | null;
}

type Start = Omit<DoublePrediction, 'held' | 'canceledAt' | 'removed' | 'picture'>;

export function startPrediction(start: Start): DoublePrediction {
  const endsAt = start.outcome.atOnce ? start.createdAt.getTime() : start.endsAt;
  return { ...start, endsAt, held: null, canceledAt: null, removed: false, picture: null };
}

export interface State {
  status: string;
  /** 0–1 */
  progress: number;
  error: string | null;
}

const NSFW = 'NSFW content detected. Try running it again, or try a different prompt.';

export function stateOf(one: DoublePrediction, now = Date.now()): State {
  const expired = one.deadline !== null && one.deadline <= now;
  const running = runningState(one, Math.min(now, one.canceledAt ?? now, one.deadline ?? now));
  if (!running) return endState(one);
  if (one.canceledAt !== null) return { ...running, status: 'canceled' };
  // Past its deadline: free when it had not begun, billed for its time when it had.
  if (expired) return { ...running, status: running.status === 'starting' ? 'aborted' : 'canceled' };
  return running;
}

export function isRunning(one: DoublePrediction): boolean {
  return ['starting', 'processing'].includes(stateOf(one).status);
}

export function endNow(one: DoublePrediction): void {
  one.held = null;
  one.endsAt = Date.now();
}

/** Undefined once it has run to its end. A third of the time is spent starting. */
function runningState(one: DoublePrediction, at: number): State | undefined {
  if (one.held) return { ...one.held, error: null };
  if (at >= one.endsAt) return undefined;
  const whole = one.endsAt - one.createdAt.getTime();
  const ran = (at - one.createdAt.getTime()) / whole - 1 / 3;
  return ran < 0
    ? { status: 'starting', progress: 0, error: null }
    : { status: 'processing', progress: ran * 1.5, error: null };
}

function endState({ outcome, input }: DoublePrediction): State {
  const error = outcome.nsfw ? NSFW : (outcome.error ?? runError(input) ?? null);
  if (error !== null) return { status: 'failed', progress: outcome.nsfw ? 1 : 0, error };
  return { status: outcome.status ?? 'succeeded', progress: 1, error: null };
}

interface Where {
  url: string;
  outputOrigin: string;
}

/** The prediction as JSON. A create shows an empty start, unless the outcome is to come at once; times differ in precision. */
export function viewOf(one: DoublePrediction, where: Where, call: 'create' | 'get'): object {
  const fresh = call === 'create' && !one.outcome.atOnce;
  const state = fresh ? { status: 'starting', progress: 0, error: null } : stateOf(one);
  return {
    id: one.id,
    model: one.model,
    version: one.version,
    input: one.removed ? {} : one.input,
    logs: one.removed ? null : logs(one, state),
    output: outputOf(one, state, where),
    data_removed: one.removed,
    error: state.error,
    source: 'api',
    status: state.status,
    created_at: call === 'create' ? one.createdAt.toISOString() : one.createdAt.toISOString().replace('Z', '000Z'),
    ...times(one, state),
    urls: {
      get: `${where.url}/predictions/${one.id}`,
      cancel: `${where.url}/predictions/${one.id}/cancel`,
      web: `https://replicate.com/p/${one.id}`,
    },
  };
}

function logs(one: DoublePrediction, state: State): string {
  if (state.status === 'starting' || state.status === 'aborted') return '';
  return `${logsOf(one.input, state.progress)}${state.error === NSFW ? 'NSFW content detected in image 0\n' : ''}`;
}

function outputOf(one: DoublePrediction, state: State, { outputOrigin }: Where): unknown {
  if (one.removed || !['succeeded', one.outcome.status].includes(state.status)) return null;
  if ('output' in one.outcome) return one.outcome.output;
  const address = `${outputOrigin}/pbxt/${one.id}/out-0.png`;
  return one.outputKind === 'uri' ? address : [address];
}

function times(one: DoublePrediction, { status }: State): object {
  if (status === 'starting') return {};
  const started_at = one.createdAt.toISOString();
  if (status === 'processing') return { started_at };
  const completed_at = new Date(Math.min(one.endsAt, Date.now())).toISOString();
  if (status === 'aborted') return { completed_at };
  const predict_time = one.outcome.predictSeconds ?? 3.804328;
  return { started_at, completed_at, metrics: { predict_time, total_time: predict_time + 0.5 } };
}
