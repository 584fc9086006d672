// Pretends to train: weights of a few kilobytes in the real format, which say whose they are and change no picture.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { ProviderError } from '../provider.ts';
import type { Trainer, Training, TrainingAttempt, TrainingRequest } from '../trainer.ts';
import { tarOf } from './tar.ts';

export interface PreviewTrainingOptions {
  /** How long a training seems to take, in milliseconds. */
  durationMs: number;
  pollIntervalMs: number;
  now: () => number;
}

const MODEL = 'preview:1';

/** As the preview of pictures does, it keeps nothing but what it was canceled: an id holds when the training began, and of what. */
export function createPreviewTrainer({ durationMs, pollIntervalMs, now }: PreviewTrainingOptions): Trainer {
  const canceled = new Set<string>();

  async function train(request: TrainingRequest, { nonce }: TrainingAttempt): Promise<Training> {
    const id = `preview-training-${Math.floor(now()).toString(36)}-${digest(request.archive)}-${digest(nonce)}`;
    return running(id, 0);
  }

  function look(id: string): Training | undefined {
    const [, start] = /^preview-training-([0-9a-z]{1,9})-[0-9a-f]{16}-[0-9a-f]{16}$/.exec(id) ?? [];
    if (!start) return undefined;
    if (canceled.has(id)) return { ...running(id, 0), status: 'canceled' };
    const progress = Math.max(0, (now() - Number.parseInt(start, 36)) / durationMs);
    if (progress < 1) return running(id, progress);
    return { ...running(id, 1), status: 'succeeded', weights: `preview:${id}`, trainSeconds: durationMs / 1000 };
  }

  return {
    usdPerSecond: 0,
    pollIntervalMs,
    upload: async (archive) => `preview:${digest(archive)}`,
    train,
    // Nothing is written down, so nothing can be found. But a lost preview cost nothing, and beginning again is as good.
    find: train,
    get: async (id) => look(id),
    async cancel(id) {
      if (look(id)?.status === 'processing') canceled.add(id);
    },
    async download(training, request, path) {
      if (look(training.id)?.status !== 'succeeded') throw new ProviderError('refused', 'preview: no such weights');
      await writeFile(path, weightsOf(request), { flag: 'wx', mode: 0o600 });
    },
    check: async () => undefined,
  };
}

function running(id: string, progress: number): Training {
  const nothing = { weights: null, failure: null, trainSeconds: null };
  return { id, status: 'processing', progress, modelVersion: MODEL, ...nothing };
}

/** The three files that an SDXL LoRA is made of. The same pictures always give the same bytes. */
function weightsOf({ archive, trigger }: TrainingRequest): Buffer {
  const values = createHash('sha256').update(archive).digest();
  return tarOf({
    'lora.safetensors': safetensors('preview', values),
    'embeddings.pti': safetensors('text_encoders_0', values),
    'special_params.json': Buffer.from(JSON.stringify({ [trigger]: '<s0><s1>' })),
  });
}

/** The length of the head, the head, the numbers. */
function safetensors(name: string, values: Buffer): Buffer {
  const tensor = { dtype: 'F32', shape: [values.length / 4], data_offsets: [0, values.length] };
  const head = Buffer.from(JSON.stringify({ [name]: tensor }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, values]);
}

function digest(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
