// A moderation endpoint of our own on a real socket: it refuses what OpenAI's refuses, judges as a test tells it to, and does wrong
// what a test tells it to (replicate-faults.ts).

import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS } from './patience.ts';
import type { Fault, Reply } from './replicate-faults.ts';

const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'sexual',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm/intent',
  'self-harm/instructions',
  'self-harm',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;
export type Name = (typeof CATEGORIES)[number];
/** What is left out is as good as 0; from a half on it is flagged. */
export type Scores = Partial<Record<Name, number>>;

/** The endpoint has no score for these in a picture. */
const OF_PICTURES: Name[] = [
  'sexual',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'violence',
  'violence/graphic',
];
type Kind = 'text' | 'picture';
const MODEL = 'omni-moderation-latest';

export interface Asked {
  /** Of a text; undefined for a picture. */
  text?: string;
  /** The picture's bytes. */
  jpeg?: Buffer;
  headers: IncomingMessage['headers'];
  /** As it came. */
  raw: string;
}

export class ModerationDouble implements AsyncDisposable {
  /** Questions that had arrived whole, also those that were answered wrongly. */
  readonly asked: Asked[] = [];
  readonly key = 'sk-double-key-of-no-value-at-all';
  /** What it makes of a text, and of a picture. */
  ofText: (text: string) => Scores = () => ({});
  ofPicture: (jpeg: Buffer) => Scores = () => ({});
  readonly #server: Server;
  #faults: (Fault | null)[] = [];
  readonly #lasting: Record<Kind, Fault | null> = { text: null, picture: null };
  readonly #events = new EventEmitter().setMaxListeners(0);

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    // Else, on a machine that is out of breath, a connection is closed just when the next request goes out on it.
    this.#server.keepAliveTimeout = 2 * PATIENCE_MS;
  }

  static async start(): Promise<ModerationDouble> {
    const double = new ModerationDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** For the service. */
  get settings() {
    return { MODERATION_API_KEY: this.key, MODERATION_BASE_URL: this.url };
  }

  get texts(): string[] {
    return this.asked.flatMap(({ text }) => text ?? []);
  }

  get pictures(): Buffer[] {
    return this.asked.flatMap(({ jpeg }) => jpeg ?? []);
  }

  /** The next questions go wrong in these ways; null lets one pass. */
  next(...faults: (Fault | null)[]): void {
    this.#faults.push(...faults);
  }

  /** Every question, or every one of a kind, goes wrong in this way, once the scripted faults are used up; null ends that. */
  always(fault: Fault | null, ...kinds: Kind[]): void {
    for (const kind of kinds.length > 0 ? kinds : (['text', 'picture'] as const)) this.#lasting[kind] = fault;
  }

  /** Forgets what it was asked at the start of a service. */
  forget(): void {
    this.asked.length = 0;
  }

  /** Resolves as soon as `count` questions, or pictures, have arrived. */
  async arrived(count: number, of: 'asked' | 'pictures' = 'asked'): Promise<void> {
    while (this[of].length < count) await new Promise((resolve) => this.#events.once('asked', resolve));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString('utf8');
    const asked: Asked = { raw, headers: request.headers };
    const normal = this.#reply(request, asked);
    this.asked.push(asked);
    const fault = this.#faults.length > 0 ? this.#faults.shift() : this.#lasting[asked.jpeg ? 'picture' : 'text'];
    if (fault) fault.answer(response, normal);
    else response.writeHead(normal.status, normal.headers).end(normal.body);
    this.#events.emit('asked');
  }

  #reply({ method, url, headers }: IncomingMessage, asked: Asked): Reply {
    const shown = headers.authorization?.replace('Bearer ', '') ?? '';
    if (shown !== this.key) return problem(401, `Incorrect API key provided: ${shown}.`);
    if (method !== 'POST' || url !== '/v1/moderations') return problem(404, `Invalid URL (${method} ${url})`);
    const { model, input, ...rest } = JSON.parse(asked.raw) as Record<string, unknown>;
    if (model !== MODEL) return problem(404, `The model '${model}' does not exist or you do not have access to it.`);
    if (Object.keys(rest).length > 0) return problem(400, `Unrecognized request argument: ${Object.keys(rest)}`);
    if (typeof input === 'string') {
      asked.text = input;
      return judgement('text', this.ofText(input), CATEGORIES);
    }
    asked.jpeg = jpegIn(input);
    if (!asked.jpeg) return problem(400, 'Invalid input.');
    return judgement('image', this.ofPicture(asked.jpeg), OF_PICTURES);
  }
}

/** Of an array with one image in a data URL, as the endpoint takes it. */
function jpegIn(input: unknown): Buffer | undefined {
  const [part, ...others] = input as { type: string; image_url: { url: string } }[];
  const [, base64] = /^data:image\/jpeg;base64,([\w+/]+=*)$/.exec(part?.image_url?.url ?? '') ?? [];
  return part?.type === 'image_url' && others.length === 0 && base64 ? Buffer.from(base64, 'base64') : undefined;
}

function judgement(type: 'text' | 'image', scores: Scores, judged: readonly Name[]): Reply {
  const score = (name: Name) => (judged.includes(name) ? (scores[name] ?? 1e-5) : 0);
  const each = <T>(value: (name: Name) => T) => Object.fromEntries(CATEGORIES.map((name) => [name, value(name)]));
  const categories = each((name) => score(name) >= 0.5);
  const result = {
    flagged: Object.values(categories).includes(true),
    categories,
    category_scores: each(score),
    category_applied_input_types: each((name) => (judged.includes(name) ? [type] : [])),
  };
  return json(200, { id: 'modr-970d409ef3bef3b70c73d8232df86e7d', model: MODEL, results: [result] });
}

/** Its explanations repeat what was sent: nothing of them may get further. */
function problem(status: number, message: string): Reply {
  return json(status, { error: { message, type: 'invalid_request_error', param: null, code: null } });
}

function json(status: number, body: object): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
}
