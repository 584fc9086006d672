// The provider for a machine with no keys: draws a labelled, repeatable stand-in for each picture, without token, network or fonts.
import { createHash } from 'node:crypto';
import { drawPreview } from './preview/drawing.ts';
import { createPreviewTrainer } from './preview/training.ts';
import {
  type Attempt,
  type IdentityModel,
  type PictureRequest,
  type Prediction,
  type Provider,
  ProviderError,
} from './provider.ts';

export interface PreviewOptions {
  /** How long a picture seems to take, in milliseconds. */
  durationMs?: number;
  trainingMs?: number;
  pollIntervalMs?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Words that make the preview fail, so that failures can be felt in the demo and in tests. They work anywhere in a prompt. */
const FAILING_WORDS = {
  __fail__: { rejected: false, message: 'preview: the prompt asked for a failure' },
  __reject__: { rejected: true, message: 'preview: NSFW content detected (the prompt asked for it)' },
} as const;

const MODEL = 'preview:1';
/** It knows no faces, but it can draw who the reference's seed made. */
const IDENTITY: IdentityModel = {
  model: MODEL,
  strength: null,
  num_inference_steps: null,
  guidance_scale: null,
  seeds: 2 ** 32,
  trigger: null,
  takes: { negative_prompt: true, shape: true },
};
const MOST_CANCELED = 1000;
const LONGEST_SIDE = 2048;
const SHORTEST_SIDE = 64;

/**
 * It keeps nothing: a prediction's id holds when it began and a checksum of what was asked, and the caller hands the request back. So
 * another process, or this one after a restart, carries on as if nothing had happened. Only cancellations are remembered, and losing
 * those means no more than a free picture that nobody looks at.
 */
export function createPreviewProvider(options: PreviewOptions = {}): Provider {
  const { durationMs = 1200, trainingMs = 6000, pollIntervalMs = 200, now = Date.now } = options;
  const canceled = createRecent(MOST_CANCELED);

  function look(id: string, request: PictureRequest): Prediction | undefined {
    const ticket = readTicket(id);
    if (ticket?.checksum !== checksumOf(request)) return undefined;
    if (canceled.has(id)) return { ...running(id, 0), status: 'canceled' };
    const progress = Math.min(1, Math.max(0, (now() - ticket.startedAt) / durationMs));
    return progress < 1 ? running(id, progress) : ended(id, request.prompt, durationMs);
  }

  async function submit(request: PictureRequest, attempt: Attempt): Promise<Prediction> {
    checkSize(request);
    return running(writeTicket(now(), request, attempt), 0);
  }

  return {
    name: 'preview',
    model: MODEL,
    identity: IDENTITY,
    dearestUsd: () => 0,
    pollIntervalMs,
    submitsPerSecond: Infinity,
    pollsPerSecond: Infinity,
    trainer: createPreviewTrainer({ durationMs: trainingMs, pollIntervalMs, now }),
    submit,
    // Nothing is written down, so nothing can be found. But a lost preview cost nothing, and drawing it again is as good.
    find: submit,
    get: async (id, request) => look(id, request),
    async cancel(id) {
      const ticket = readTicket(id);
      if (ticket && now() - ticket.startedAt < durationMs) canceled.add(id);
    },
    async download(prediction, request) {
      if (look(prediction.id, request)?.status !== 'succeeded')
        throw new ProviderError('refused', 'preview: no such picture');
      return drawPreview(request).catch((cause: unknown) => {
        throw new ProviderError('refused', 'preview: could not be drawn', { cause });
      });
    },
    check: async () => undefined,
  };
}

function running(id: string, progress: number): Prediction {
  const status = progress < 0.1 ? 'starting' : 'processing';
  return { id, status, progress, outputs: [], failure: null, modelVersion: MODEL, predictSeconds: null, costUsd: null };
}

function ended(id: string, prompt: string, durationMs: number): Prediction {
  const word = (Object.keys(FAILING_WORDS) as (keyof typeof FAILING_WORDS)[]).find((each) => prompt.includes(each));
  const known = { ...running(id, 1), predictSeconds: durationMs / 1000, costUsd: 0 };
  if (word) return { ...known, status: 'failed', failure: FAILING_WORDS[word] };
  return { ...known, status: 'succeeded', outputs: [`preview:${id}`] };
}

/** As the real one would answer 422. */
function checkSize({ width, height }: PictureRequest): void {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < SHORTEST_SIDE || side > LONGEST_SIDE) {
      throw new ProviderError('refused', `preview: ${width}×${height} cannot be drawn`);
    }
  }
}

/** preview-<start, base 36>-<checksum>-<attempt>; the last part keeps two attempts of one millisecond apart. */
function writeTicket(startedAt: number, request: PictureRequest, { nonce }: Attempt): string {
  return `preview-${Math.floor(startedAt).toString(36)}-${checksumOf(request)}-${digest(nonce)}`;
}

function readTicket(id: string): { startedAt: number; checksum: string } | undefined {
  const [, start, checksum] = /^preview-([0-9a-z]{1,9})-([0-9a-f]{16})-[0-9a-f]{16}$/.exec(id) ?? [];
  return start && checksum ? { startedAt: Number.parseInt(start, 36), checksum } : undefined;
}

/** Leaves the images' bytes out: an id that is asked about many times a second need not have them read and hashed each time. */
function checksumOf(request: PictureRequest): string {
  const { prompt, negative_prompt, seed, width, height, prompt_strength, identity } = request;
  return digest(JSON.stringify([prompt, negative_prompt, seed, width, height, prompt_strength, identity?.seed]));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A set that forgets its oldest member rather than grow past `most`. */
function createRecent(most: number): Pick<Set<string>, 'has'> & { add(member: string): void } {
  const members = new Set<string>();
  return {
    has: (member) => members.has(member),
    add(member) {
      members.add(member);
      const oldest = members.values().next();
      if (members.size > most && !oldest.done) members.delete(oldest.value);
    },
  };
}
