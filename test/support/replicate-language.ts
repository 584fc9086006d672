// The double's language models: they refuse what Replicate refuses, say what a test tells them to, and keep a bill.
import { randomBytes } from 'node:crypto';
import type { Reply } from './replicate-faults.ts';
import type { Input } from './replicate-model.ts';
import { invalid, json, missing } from './replicate-replies.ts';

export const LANGUAGE_MODEL = 'meta/meta-llama-3-70b-instruct';
export const LANGUAGE_VERSION = 'f'.repeat(64);

/** How a run turns out; nothing set means a scene at once. */
export interface WritingOutcome {
  /** Joined pieces, one text, or whatever else it is to be. */
  output?: unknown;
  /** In place of `succeeded`. */
  status?: string;
  /** How many looks find it unfinished. */
  looks?: number;
  metrics?: object | null;
}

interface Writing {
  id: string;
  model: string;
  input: Input;
  outcome: WritingOutcome;
  looksLeft: number;
}

const FIELDS: Record<string, string> = { prompt: 'string', system_prompt: 'string', max_tokens: 'number' };
export const SCENE = 'a young woman stands on an icy pier at night, a lantern in her hand';

export class LanguageDouble {
  readonly bill: { id: string; model: string; input: Input }[] = [];
  readonly models = new Set([LANGUAGE_MODEL, 'someone/other-model']);
  readonly versions = new Set([LANGUAGE_VERSION]);
  readonly #writings = new Map<string, Writing>();
  readonly #outcomes: WritingOutcome[] = [];

  nextOutcome(...outcomes: WritingOutcome[]): void {
    this.#outcomes.push(...outcomes);
  }

  /** `POST /models/{owner}/{name}/predictions` */
  ofModel(model: string, body: unknown, prefer: unknown): Reply {
    return this.models.has(model) ? this.#create(model, body, prefer) : missing();
  }

  /** `POST /predictions` with a version of a language model; undefined for any other. */
  ofVersion(body: unknown, prefer: unknown): Reply | undefined {
    const { version } = (body ?? {}) as { version?: string };
    return version && this.versions.has(version) ? this.#create(version, body, prefer) : undefined;
  }

  get(id: string): Reply | undefined {
    const one = this.#writings.get(id);
    if (!one) return undefined;
    one.looksLeft -= 1;
    return json(200, view(one));
  }

  #create(model: string, body: unknown, prefer: unknown): Reply {
    const { input } = body as { input: Input };
    const faults = Object.entries(input ?? {}).filter(([name, value]) => typeof value !== FIELDS[name]);
    if (faults.length > 0 || typeof input?.prompt !== 'string') {
      return invalid(faults.map(([name]) => ({ type: 'invalid_type', field: `input.${name}`, description: 'wrong' })));
    }
    const outcome = this.#outcomes.shift() ?? {};
    const id = randomBytes(13).toString('hex');
    const one = { id, model, input, outcome, looksLeft: outcome.looks ?? 0 };
    this.#writings.set(id, one);
    this.bill.push({ id, model, input });
    const waited = /^wait(=\d+)?$/.test(String(prefer));
    return json(201, waited ? view(one) : { ...view(one), status: 'starting', output: null });
  }
}

function view({ id, model, input, outcome, looksLeft }: Writing): object {
  if (looksLeft > 0) return { id, model, version: 'hidden', input, status: 'processing', output: null, error: null };
  const status = outcome.status ?? 'succeeded';
  const pieces = `<scene>${SCENE}</scene>`.split(/(?<=\s)/);
  return {
    id,
    model,
    version: 'hidden',
    input,
    status,
    error: status === 'failed' ? 'E1000' : null,
    output: status === 'succeeded' ? ('output' in outcome ? outcome.output : pieces) : null,
    metrics:
      'metrics' in outcome ? outcome.metrics : { input_token_count: 1000, output_token_count: 40, predict_time: 2 },
    urls: {},
  };
}
