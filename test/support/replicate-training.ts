// The double's trainings: files that are uploaded, SDXL's trainer with its rules, a bill of its own, and weights to download.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Reply } from './replicate-faults.ts';
import type { Input } from './replicate-model.ts';
import { invalid, json, missing, problem, unknownVersion } from './replicate-replies.ts';

/** How a training turns out; nothing set means weights after the usual time. */
export interface TrainingOutcome {
  latencyMs?: number;
  error?: string;
  /** Served in place of sound weights. */
  weights?: Buffer;
  /** Said in place of the address of the weights. */
  address?: string;
}

export interface DoubleTraining {
  readonly id: string;
  readonly input: Input;
  readonly createdAt: Date;
  readonly outcome: TrainingOutcome;
  /** Kept at this point (0–1) by the test. */
  held: number | null;
  endsAt: number;
  canceledAt: number | null;
  /** The provider's copy of the weights is gone. */
  removed: boolean;
  /** What the trainer found in the archive. */
  readonly pictures: { names: string[]; captions: string[] };
}

interface Host {
  url: string;
  outputOrigin: string;
  model: string;
  versions: Set<string>;
  webhooks: { announce(url: string, body: () => string | undefined): Promise<void> };
}

const FIELDS: Record<string, 'string' | 'boolean' | 'number'> = {
  input_images: 'string',
  input_images_filetype: 'string',
  seed: 'number',
  resolution: 'number',
  max_train_steps: 'number',
  is_lora: 'boolean',
  token_string: 'string',
  caption_prefix: 'string',
  use_face_detection_instead: 'boolean',
};

export class TrainingDouble {
  readonly bill: { id: string; at: Date; input: Input }[] = [];
  readonly trainings = new Map<string, DoubleTraining>();
  readonly files = new Map<string, Buffer>();
  /** Models that trainings may go to. */
  readonly destinations = new Set(['forum/characters']);
  /** While true, accepted trainings stay half done until released. */
  holding = false;
  latencyMs = 150;
  readonly #host: Host;
  readonly #outcomes: TrainingOutcome[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  nextOutcome(...outcomes: TrainingOutcome[]): void {
    this.#outcomes.push(...outcomes);
  }

  /** The only one, or the last. */
  get last(): DoubleTraining {
    const last = [...this.trainings.values()].at(-1);
    if (!last) throw new Error('the double holds no training');
    return last;
  }

  release(): void {
    for (const one of this.trainings.values()) Object.assign(one, { held: null, endsAt: Date.now() });
  }

  /** `POST /files`: a real multipart form with a part `content`. */
  async upload(body: unknown, contentType = ''): Promise<Reply> {
    const form = await new Response(body as Buffer, { headers: { 'content-type': contentType } }).formData();
    const content = form.get('content');
    if (!(content instanceof File)) return problem(422, { detail: 'content is required' });
    const id = randomBytes(12).toString('base64url');
    const bytes = Buffer.from(await content.arrayBuffer());
    this.files.set(id, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const urls = { get: `${this.#host.url}/files/${id}` };
    return json(201, {
      id,
      name: content.name,
      content_type: content.type,
      size: bytes.length,
      checksums: { sha256 },
      urls,
    });
  }

  create(model: string, version: string, body: unknown): Reply {
    const { destination, input, webhook } = body as { destination: string; input: Input; webhook?: string };
    if (model !== this.#host.model || !this.#host.versions.has(version)) return unknownVersion();
    if (!this.destinations.has(destination)) {
      return problem(404, { detail: 'The specified training destination does not exist' });
    }
    const faults = Object.entries(input).filter(([name, value]) => typeof value !== FIELDS[name]);
    if (faults.length > 0 || typeof input.input_images !== 'string') {
      return invalid(
        faults.map(([name]) => ({ type: 'invalid_type', field: `input.${name}`, description: 'is wrong' })),
      );
    }
    const made = this.#keep(input);
    this.bill.push({ id: made.id, at: made.createdAt, input });
    const ending = () => (runs(made) ? undefined : JSON.stringify(this.#view(made, version)));
    if (webhook) void this.#host.webhooks.announce(webhook, ending);
    return json(201, { ...this.#view(made, version), status: 'starting', logs: '', output: null });
  }

  #keep(input: Input): DoubleTraining {
    const outcome = this.#outcomes.shift() ?? {};
    const pictures = this.#read(input);
    const made: DoubleTraining = {
      id: randomBytes(13).toString('hex'),
      input,
      createdAt: new Date(),
      outcome: 'error' in pictures ? { ...outcome, error: pictures.error } : outcome,
      held: this.holding ? 0.5 : null,
      endsAt: Date.now() + (outcome.latencyMs ?? this.latencyMs),
      canceledAt: null,
      removed: false,
      pictures: 'error' in pictures ? { names: [], captions: [] } : pictures,
    };
    this.trainings.set(made.id, made);
    return made;
  }

  /** As the trainer does: what is no picture or caption is passed over, and both have to be as many. */
  #read(input: Input): DoubleTraining['pictures'] | { error: string } {
    const zip = this.files.get(String(input.input_images).replace(`${this.#host.url}/files/`, ''));
    if (!zip) return { error: 'input_images could not be downloaded' };
    if (input.input_images_filetype !== 'zip') return { error: 'input_images_filetype must be zip or tar' };
    if (!String(input.caption_prefix).includes(String(input.token_string)))
      return { error: 'caption_prefix lacks the token' };
    const files = unzipSync(new Uint8Array(zip));
    const names = Object.keys(files).filter((name) => /\.(png|jpe?g)$/i.test(name));
    const csv = Buffer.from(files['caption.csv'] ?? [])
      .toString('utf8')
      .trim()
      .split('\n');
    const captions = csv.slice(1).map((line) => /^[^,]+,"(.*)"$/.exec(line)?.[1]?.replaceAll('""', '"') ?? '');
    if (csv[0] !== 'image_file,caption' || captions.length !== names.length) {
      return { error: 'Not the same number of captions as images!' };
    }
    return { names, captions };
  }

  get(id: string): Reply {
    const one = this.trainings.get(id);
    return one ? json(200, this.#view(one)) : missing();
  }

  cancel(id: string): Reply {
    const one = this.trainings.get(id);
    if (one && runs(one)) one.canceledAt = Date.now();
    return this.get(id);
  }

  list(): Reply {
    const newestFirst = [...this.trainings.values()].reverse();
    return json(200, { previous: null, next: null, results: newestFirst.map((one) => this.#view(one)) });
  }

  weights(id: string): Reply {
    const one = this.trainings.get(id);
    if (!one || one.removed || statusOf(one) !== 'succeeded') return missing();
    const body = one.outcome.weights ?? trainedModel(String(one.input.token_string), one.id);
    return { status: 200, headers: { 'content-type': 'application/x-tar' }, body };
  }

  #view(one: DoubleTraining, version = [...this.#host.versions][0] ?? ''): object {
    const status = statusOf(one);
    const weights = one.outcome.address ?? `${this.#host.outputOrigin}/pbxt/${one.id}/trained_model.tar`;
    const over = !runs(one);
    return {
      id: one.id,
      model: this.#host.model,
      version,
      input: one.input,
      logs: logsOf(one.held ?? (over ? 1 : 0)),
      error: status === 'failed' ? one.outcome.error : null,
      output: status === 'succeeded' ? { version: `forum/characters:${'0'.repeat(64)}`, weights } : null,
      status,
      created_at: one.createdAt.toISOString(),
      ...(over && { completed_at: new Date().toISOString(), metrics: { predict_time: 502.713876 } }),
      // As recorded: the address of a new training is that of a prediction.
      urls: {
        get: `${this.#host.url}/predictions/${one.id}`,
        cancel: `${this.#host.url}/predictions/${one.id}/cancel`,
      },
    };
  }
}

function runs(one: DoubleTraining): boolean {
  return one.canceledAt === null && (one.held !== null || Date.now() < one.endsAt);
}

function statusOf(one: DoubleTraining): string {
  if (one.canceledAt !== null) return 'canceled';
  if (runs(one)) return 'processing';
  return one.outcome.error === undefined ? 'succeeded' : 'failed';
}

/** With the words in front of the bar that the trainer puts there. */
function logsOf(fraction: number): string {
  const bars = [0, fraction / 2, fraction].map((part) => {
    const step = Math.floor(part * 1000);
    return `# PTI :step: ${step}, epoch: ${Math.floor(step / 3)}: ${String(Math.floor(part * 100)).padStart(3)}%|█████     | ${step}/1000 [00:01<00:01,  2.12it/s]`;
  });
  return `Using provided captions\n${bars.join('\r')}`;
}

/** As the trainer leaves it, but smaller; packed by the machine's own tar. */
export function trainedModel(
  token: string,
  seed: string,
  files = ['lora.safetensors', 'embeddings.pti', 'special_params.json'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'double-weights-'));
  const head = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [64], data_offsets: [0, 64] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const tensors = Buffer.concat([length, head, Buffer.from(seed.padEnd(64).slice(0, 64))]);
  for (const name of files) {
    writeFileSync(join(folder, name), name.endsWith('.json') ? JSON.stringify({ [token]: '<s0><s1>' }) : tensors);
  }
  try {
    return execFileSync('tar', ['--sort=name', '--mtime=@0', '-C', folder, '-cf', '-', ...files]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What SDXL says to weights that it cannot load from this machine; undefined when it can. Others it is told nothing of. */
export async function weightsFault(address: unknown): Promise<string | undefined> {
  if (!String(address).startsWith('http://127.0.0.1:')) return undefined;
  const response = await fetch(String(address)).catch(() => undefined);
  const bytes = response?.ok ? Buffer.from(await response.arrayBuffer()) : Buffer.alloc(0);
  return bytes.includes('lora.safetensors') ? undefined : 'Failed to download weights';
}
