// A Replicate of our own on a real socket: it speaks the protocol, keeps its own bill, refuses what Replicate refuses,
// and does wrong what a test tells it to.

import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS } from './patience.ts';
import type { Fault, Reply } from './replicate-faults.ts';
import { LanguageDouble } from './replicate-language.ts';
import { draw, type Input } from './replicate-model.ts';
import { type PublishedModel, publishedModels } from './replicate-models.ts';
import {
  bodyFaults,
  cancelAfterSeconds,
  invalid,
  json,
  missing,
  problem,
  unknownVersion,
  versionObject,
} from './replicate-replies.ts';
import {
  type DoublePrediction,
  endNow,
  isRunning,
  type Outcome,
  startPrediction,
  stateOf,
  viewOf,
} from './replicate-run.ts';
import { TrainingDouble, weightsFault } from './replicate-training.ts';
import { WEBHOOK_SECRET, WebhookSender } from './replicate-webhooks.ts';

export * as faults from './replicate-faults.ts';
export type { DoublePrediction, Outcome } from './replicate-run.ts';

export type Call =
  | 'create'
  | 'write'
  | 'get'
  | 'cancel'
  | 'list'
  | 'model'
  | 'version'
  | 'account'
  | 'download'
  | 'upload'
  | 'train'
  | 'training'
  | 'cancelTraining'
  | 'trainings'
  | 'weights';

export interface RecordedRequest {
  /** When it had arrived whole, in milliseconds since 1970. */
  at: number;
  /** Undefined for a path that does not exist. */
  call: Call | undefined;
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingMessage['headers'];
  /** Parsed when it is JSON, else the text; undefined when there was none. */
  body: unknown;
}

/** One line for each POST that was accepted. */
export interface BillLine {
  id: string;
  at: Date;
  model: string;
  version: string;
  input: Input;
}

export interface DoubleOptions {
  token?: string;
  /** `owner/name:version` */
  model?: string;
  /** How long a run takes from its acceptance to its picture; a third of it is spent starting. */
  latencyMs?: number;
  pageSize?: number;
  /** 0, the default, for any that is free. */
  port?: number;
  /** A prompt with this word in it is drawn and then refused by the safety checker. */
  nsfwWord?: string;
  /** What it signs its webhooks with. */
  webhookSecret?: string;
  /** How a prediction turns out where nothing is scripted. */
  chance?: () => Outcome;
  /** What goes wrong with a call where nothing is scripted. */
  mischance?: (call: Call) => Fault | null;
  /** Draws a finished picture; by default flat squares. */
  draw?: (input: Input) => Promise<Buffer>;
}

const DEFAULTS = {
  token: 'r8_double_token_of_no_value_at_all_000000',
  model: 'stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
  latencyMs: 150,
  pageSize: 100,
  port: 0,
  nsfwWord: 'NSFWTEST',
  webhookSecret: WEBHOOK_SECRET,
  chance: (): Outcome => ({}),
  mischance: (): Fault | null => null,
  draw,
};

const ROUTES: [call: Call, method: string, path: RegExp][] = [
  ['create', 'POST', /^\/v1\/predictions$/],
  // Language models are told from models of pictures by their owners.
  ['write', 'POST', /^\/v1\/models\/((?:meta|someone)\/[^/]+)\/predictions$/],
  ['create', 'POST', /^\/v1\/models\/([^/]+\/[^/]+)\/predictions$/],
  ['list', 'GET', /^\/v1\/predictions$/],
  ['get', 'GET', /^\/v1\/predictions\/([^/]+)$/],
  ['cancel', 'POST', /^\/v1\/predictions\/([^/]+)\/cancel$/],
  ['model', 'GET', /^\/v1\/models\/([^/]+\/[^/]+)$/],
  ['version', 'GET', /^\/v1\/models\/([^/]+\/[^/]+)\/versions\/([^/]+)$/],
  ['account', 'GET', /^\/v1\/account$/],
  ['upload', 'POST', /^\/v1\/files$/],
  ['train', 'POST', /^\/v1\/models\/([^/]+\/[^/]+)\/versions\/([^/]+)\/trainings$/],
  ['training', 'GET', /^\/v1\/trainings\/([^/]+)$/],
  ['cancelTraining', 'POST', /^\/v1\/trainings\/([^/]+)\/cancel$/],
  ['trainings', 'GET', /^\/v1\/trainings$/],
  ['weights', 'GET', /^\/pbxt\/([^/]+)\/trained_model\.tar$/],
  ['download', 'GET', /^\/pbxt\/([^/]+)\/out-0\.png$/],
];

export class ReplicateDouble {
  readonly bill: BillLine[] = [];
  readonly requests: RecordedRequest[] = [];
  readonly predictions = new Map<string, DoublePrediction>();
  readonly token: string;
  readonly model: string;
  /** Every model that can be run; a test may change what is published. */
  readonly published = publishedModels();
  /** Versions of the model that can be run: its own, first, and whatever a test adds. */
  readonly versions: Set<string>;
  /** For creates that ask for one; what goes wrong with them is told here. */
  readonly webhooks: WebhookSender;
  readonly training: TrainingDouble;
  readonly language = new LanguageDouble();
  /** While true, newly accepted predictions stay `starting` until released. */
  holding = false;
  latencyMs: number;
  readonly #options: Required<DoubleOptions>;
  /** Kept, so that the address can still be told after the end. */
  #port: number;
  readonly #server: Server;
  readonly #faults = new Map<Call, (Fault | null)[]>();
  readonly #lasting = new Map<Call, Fault>();
  readonly #outcomes: Outcome[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);

  private constructor(options: Required<DoubleOptions>) {
    this.#options = options;
    this.#port = options.port;
    this.token = options.token;
    this.model = options.model.split(':')[0] ?? '';
    this.versions = new Set([options.model.split(':')[1] ?? '']);
    const { versions } = this;
    this.published.set(this.model, { ...this.#publishedAs(this.model), versions });
    this.latencyMs = options.latencyMs;
    this.webhooks = new WebhookSender(options.webhookSecret);
    this.training = new TrainingDouble(this);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    // Else, on a machine that is out of breath, a connection is closed just when the next request goes out on it.
    this.#server.keepAliveTimeout = 2 * PATIENCE_MS;
  }

  static async start(options: DoubleOptions = {}): Promise<ReplicateDouble> {
    const double = new ReplicateDouble({ ...DEFAULTS, ...options });
    await new Promise<void>((resolve, reject) => {
      double.#server.once('error', reject).listen(double.#port, '127.0.0.1', resolve);
    });
    double.#port = (double.#server.address() as AddressInfo).port;
    return double;
  }

  /** For REPLICATE_OUTPUT_ORIGINS. */
  get outputOrigin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** For REPLICATE_BASE_URL. */
  get url(): string {
    return `${this.outputOrigin}/v1`;
  }

  /** The next call of this kind goes wrong in this way; scripted faults queue up. Null lets one call pass. */
  next(call: Call, ...faults: (Fault | null)[]): void {
    this.#faults.set(call, [...(this.#faults.get(call) ?? []), ...faults]);
  }

  /** Every call of this kind goes wrong in this way, once the scripted faults are used up. */
  always(call: Call, fault: Fault): void {
    this.#lasting.set(call, fault);
  }

  /** How many scripted faults no call has met yet. */
  unmet(): number {
    return [...this.#faults.values()].flat().length;
  }

  /** The next accepted prediction ends in this way; scripted outcomes queue up. */
  nextOutcome(...outcomes: Outcome[]): void {
    this.#outcomes.push(...outcomes);
  }

  /** Puts a prediction where the test wants it, and keeps it there. */
  place(id: string, status: 'starting' | 'processing', progress = 0): void {
    this.prediction(id).held = { status, progress };
  }

  /** Lets one held prediction, or all of them, end now. */
  release(id?: string): void {
    for (const one of this.predictions.values()) {
      if (one.held && isRunning(one) && (id === undefined || one.id === id)) endNow(one);
    }
  }

  /** The moment that Cancel-After set is now. */
  passDeadline(id: string): void {
    this.prediction(id).deadline = Date.now();
  }

  /** An hour has gone by: input, logs, output and files are removed. */
  expire(id: string): void {
    this.prediction(id).removed = true;
  }

  prediction(id: string): DoublePrediction {
    const found = this.predictions.get(id);
    if (!found) throw new Error(`the double holds no prediction ${id}`);
    return found;
  }

  /** A prediction that somebody else made, or at another time: it is listed and not billed. */
  add(input: Input, createdAt: Date, outcome: Outcome = {}): DoublePrediction {
    return this.#keep(input, [this.model, [...this.versions][0] ?? ''], createdAt, null, outcome);
  }

  /** How many requests of a kind arrived. */
  count(call: Call): number {
    return this.requests.filter((request) => request.call === call).length;
  }

  /** Resolves as soon as `count` requests of this kind have arrived. */
  async arrived(call: Call, count = 1): Promise<void> {
    while (this.count(call) < count) await new Promise((resolve) => this.#events.once('request', resolve));
  }

  async close(): Promise<void> {
    this.webhooks.close();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** How many are connected. Of a program that has died nobody is, once all that it had sent off was let in. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const method = request.method ?? 'GET';
    const [call, params] = route(method, path.split('?')[0] ?? path);
    const body = await readBody(request);
    const record = { at: Date.now(), call, method, path, headers: request.headers, body };
    this.requests.push(record);
    try {
      await this.#respond(record, params, response);
    } finally {
      this.#events.emit('request');
    }
  }

  async #respond(record: RecordedRequest, params: string[], response: ServerResponse): Promise<void> {
    const { call } = record;
    const scripted = call && this.#faults.get(call)?.shift();
    const fault =
      scripted === undefined && call ? (this.#lasting.get(call) ?? this.#options.mischance(call)) : scripted;
    const normal = fault?.takesEffect === false ? undefined : await this.#reply(record, params);
    if (fault) fault.answer(response, normal);
    else if (normal) response.writeHead(normal.status, normal.headers).end(normal.body);
  }

  #reply(request: RecordedRequest, [first = '', second = '']: string[]): Reply | Promise<Reply> {
    if (request.call === 'download') return this.#download(first);
    if (request.call === 'weights') return this.training.weights(first);
    const refused = this.#unauthenticated(request.headers.authorization);
    if (refused) return refused;
    const { prefer } = request.headers;
    if (request.call === 'write') return this.language.ofModel(first, request.body, prefer);
    const written = request.call === 'create' ? this.language.ofVersion(request.body, prefer) : undefined;
    if (written) return written;
    if (request.call === 'create') return this.#create(request, first);
    if (request.call === 'upload') return this.training.upload(request.body, request.headers['content-type']);
    if (request.call === 'train') return this.training.create(first, second, request.body);
    if (request.call === 'training') return this.training.get(first);
    if (request.call === 'cancelTraining') return this.training.cancel(first);
    if (request.call === 'trainings') return this.training.list();
    if (request.call === 'model' && this.training.destinations.has(first))
      return json(200, { name: first.split('/')[1] });
    if (request.call === 'get') return this.language.get(first) ?? this.#withPrediction(first, () => {});
    if (request.call === 'cancel') return this.#withPrediction(first, cancel);
    if (request.call === 'list') return this.#list(new URL(request.path, this.url).searchParams.get('cursor'));
    if (request.call === 'account') return json(200, { type: 'user', username: 'double', name: 'Double' });
    const model = this.published.get(first);
    if (request.call === 'model' && model) return json(200, describe(first, model));
    if (request.call === 'version' && model?.versions.has(second)) return json(200, versionObject(second, model));
    return missing();
  }

  #unauthenticated(authorization: string | undefined): Reply | undefined {
    if (authorization === `Bearer ${this.token}`) return undefined;
    const what = authorization ? 'a valid authentication token' : 'an authentication token';
    return problem(401, { title: 'Unauthenticated', detail: `You did not pass ${what}` });
  }

  /** @param official the model that the path names, for a create by name */
  async #create(request: RecordedRequest, official: string): Promise<Reply> {
    const { input } = (request.body ?? {}) as { input?: Input };
    const weights = input?.replicate_weights;
    const error = weights === undefined ? undefined : await weightsFault(weights);
    return this.#accept(request, official, error ? { error } : {});
  }

  #accept({ body, headers }: RecordedRequest, official: string, flaw: Outcome): Reply {
    if (official && !this.published.get(official)?.official) return missing();
    const asked = body as { version?: string; input: Input; webhook?: string };
    const version = official ? 'hidden' : String(asked?.version).replace(/^.*:/, '');
    const name = official || this.#nameOf(version);
    const faults = bodyFaults(body, this.published.get(name ?? this.model));
    if (faults.length > 0) return invalid(faults);
    if (!name) return unknownVersion();
    const seconds = cancelAfterSeconds(headers['cancel-after']);
    if (seconds !== undefined && !(seconds >= 5)) return problem(422, { detail: 'Cancel-After must be at least 5s' });
    const deadline = seconds === undefined ? null : Date.now() + seconds * 1000;
    const outcome = { ...(this.#outcomes.shift() ?? this.#options.chance()), ...flaw };
    const ran: [string, string] = [name, outcome.version ?? version];
    const made = this.#keep(asked.input, ran, new Date(), deadline, this.#judge(asked, outcome));
    if (this.holding) made.held = { status: 'starting', progress: 0 };
    const { id, createdAt, model, input } = made;
    this.bill.push({ id, at: createdAt, model, version: made.version, input });
    if (asked.webhook) void this.webhooks.announce(asked.webhook, () => this.#ending(made));
    return json(201, viewOf(made, this, 'create'));
  }

  /** What a webhook says. Replicate's list of endings that it calls for does not name `aborted`. */
  #ending(one: DoublePrediction): string | undefined {
    if (isRunning(one) || stateOf(one).status === 'aborted') return undefined;
    return JSON.stringify(viewOf(one, this, 'get'));
  }

  #judge({ input }: { input: Input }, outcome: Outcome): Outcome {
    return String(input.prompt).includes(this.#options.nsfwWord) ? { ...outcome, nsfw: true } : outcome;
  }

  #publishedAs(name: string): PublishedModel {
    const found = this.published.get(name) ?? publishedModels().get('stability-ai/sdxl');
    if (!found) throw new Error(`the double publishes no ${name}`);
    return found;
  }

  #nameOf(version: string): string | undefined {
    return [...this.published].find(([, { versions, official }]) => !official && versions.has(version))?.[0];
  }

  #keep(
    input: Input,
    [model, version]: [model: string, version: string],
    createdAt: Date,
    deadline: number | null,
    outcome: Outcome,
  ): DoublePrediction {
    const id = createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 26);
    const endsAt = createdAt.getTime() + (outcome.latencyMs ?? this.latencyMs);
    const { output: outputKind } = this.#publishedAs(model);
    const made = startPrediction({ id, input, model, version, outputKind, createdAt, deadline, outcome, endsAt });
    this.predictions.set(id, made);
    return made;
  }

  #withPrediction(id: string, change: (prediction: DoublePrediction) => void): Reply {
    const found = this.predictions.get(id);
    if (!found) return missing();
    change(found);
    return json(200, viewOf(found, this, 'get'));
  }

  /** Newest first. The cursor is the place in that order, in base64 so that nobody counts on it. */
  #list(cursor: string | null): Reply {
    const all = [...this.predictions.values()].reverse().sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    const from = cursor ? Number(Buffer.from(cursor, 'base64url').toString()) : 0;
    const to = from + this.#options.pageSize;
    const link = (place: number) =>
      `${this.url}/predictions?cursor=${Buffer.from(String(place)).toString('base64url')}`;
    return json(200, {
      previous: from > 0 ? link(Math.max(0, from - this.#options.pageSize)) : null,
      next: to < all.length ? link(to) : null,
      results: all.slice(from, to).map((one) => viewOf(one, this, 'get')),
    });
  }

  async #download(id: string): Promise<Reply> {
    const found = this.predictions.get(id);
    if (!found || found.removed || stateOf(found).status !== 'succeeded') return missing();
    found.picture ??= this.#options.draw(found.input);
    return { status: 200, headers: { 'content-type': 'image/png' }, body: await found.picture };
  }
}

function route(method: string, path: string): [call: Call | undefined, params: string[]] {
  for (const [call, verb, pattern] of ROUTES) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match) return [call, match.slice(1).map(decodeURIComponent)];
  }
  return [undefined, []];
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.headers['content-type']?.startsWith('multipart/')) return Buffer.concat(chunks);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(name: string, model: PublishedModel): object {
  const [owner, own] = name.split('/');
  const latest_version = versionObject([...model.versions][0] ?? '', model);
  return { url: `https://replicate.com/${name}`, owner, name: own, visibility: 'public', latest_version };
}

function cancel(prediction: DoublePrediction): void {
  if (isRunning(prediction)) prediction.canceledAt = Date.now();
}
