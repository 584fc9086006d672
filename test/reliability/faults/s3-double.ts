// An S3 of our own on a real socket: it keeps what is put into it, lets anyone read the pictures, and does wrong what a test tells it to.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Answer, refusal, resetMidBody } from '../../storage/scripted-s3.ts';
import type { S3Server } from '../../support/s3-server.ts';
import type { Objects } from '../audit/evidence.ts';

export type Method = 'PUT' | 'HEAD' | 'GET' | 'DELETE';

/** An answer in place of the right one; with `keeps`, what of the bytes sent is stored all the same. */
export type S3Fault = Answer & { keeps?: (bytes: Buffer) => Buffer };

/** The write takes effect, whole or as `keeps` leaves it, and is answered like this. */
export function written(answer: Answer, keeps = (bytes: Buffer) => bytes): S3Fault {
  return Object.assign<Answer, { keeps: (bytes: Buffer) => Buffer }>((...call) => answer(...call), { keeps });
}

interface Kept {
  bytes: Buffer;
  headers: Record<string, string>;
}

const KEPT_HEADERS = /^(content-type|cache-control|x-amz-meta-.+)$/;

const STARTED = new Date().toISOString();

export class S3Double {
  readonly bucket = 'pictures-of-the-forum';
  /** The requests about pictures, not those of the service's own trials. */
  readonly asked: { method: string; key: string }[] = [];
  readonly #server: Server;
  readonly #kept = new Map<string, Kept>();
  readonly #faults = new Map<string, (S3Fault | null)[]>();
  readonly #lasting = new Map<string, S3Fault>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<S3Double> {
    const double = new S3Double();
    await once(double.#server.listen(0, '127.0.0.1'), 'listening');
    return double;
  }

  get address(): Omit<S3Server, 'stop'> {
    const endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: 'AKIDOFTHEDOUBLE', secretAccessKey: 'the secret key of the double' };
    return { endpoint, region: 'eu-north-1', bucket: this.bucket, ...keys };
  }

  /** The next requests of this method, one by one; null lets one pass. */
  next(method: Method, ...faults: (S3Fault | null)[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** Every request of this method until `heal`. */
  always(method: Method, fault: S3Fault): void {
    this.#lasting.set(method, fault);
  }

  heal(): void {
    this.#lasting.clear();
    this.#faults.clear();
  }

  count(method: Method): number {
    return this.asked.filter((one) => one.method === method).length;
  }

  /** How many faults nobody has met yet. */
  unmet(): number {
    return [...this.#faults.values()].flat().length;
  }

  /** Somebody else's object, in the place of one of ours. */
  plant(key: string, bytes: Buffer): void {
    this.#kept.set(key, { bytes, headers: { 'content-type': 'image/webp' } });
  }

  get objects(): Objects {
    return {
      keys: async () => [...this.#kept.keys()].filter((key) => key.startsWith('games/')),
      read: async (key) => this.#kept.get(key)?.bytes,
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await once(this.#server.close(), 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const [path = ''] = (request.url ?? '').split('?');
    const key = decodeURIComponent(path).replace(`/${this.bucket}/`, '');
    const isPicture = key.startsWith('games/');
    if (isPicture) this.asked.push({ method, key });
    const fault = isPicture ? (this.#faults.get(method)?.shift() ?? this.#lasting.get(method)) : undefined;
    if (fault === resetMidBody) return fault(request, response);
    const bytes = await buffer(request).catch(() => Buffer.alloc(0));
    if (fault?.keeps) this.#keep(key, request, fault.keeps(bytes));
    if (fault) fault(request, response);
    else this.#obey(method, key, request, bytes)(request, response);
  }

  #obey(method: string, key: string, request: IncomingMessage, bytes: Buffer): Answer {
    const isSigned = request.headers.authorization?.includes(this.address.accessKeyId);
    const isPublic = method === 'GET' && key.startsWith('games/');
    if (!isSigned && !isPublic) return refusal(403, 'AccessDenied');
    if (method === 'GET' && request.url?.includes('list-type=2')) return this.#list();
    if (method === 'PUT') return this.#put(key, request, bytes);
    if (method === 'DELETE') {
      this.#kept.delete(key);
      return (_, response) => response.writeHead(204).end();
    }
    const found = this.#kept.get(key);
    return found ? give(found, method) : refusal(404, 'NoSuchKey');
  }

  /** All of it on one page: no case needs more. */
  #list(): Answer {
    const keys = [...this.#kept.keys()].filter((key) => key.startsWith('games/')).sort();
    const contents = keys.map((key) => {
      const size = this.#kept.get(key)?.bytes.length;
      return `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>${STARTED}</LastModified></Contents>`;
    });
    const members = `<Prefix>games/</Prefix><IsTruncated>false</IsTruncated>${contents.join('')}`;
    const page = `<?xml version="1.0"?><ListBucketResult>${members}</ListBucketResult>`;
    return (_, response) => response.writeHead(200, { 'content-type': 'application/xml' }).end(page);
  }

  #put(key: string, request: IncomingMessage, bytes: Buffer): Answer {
    if (request.headers['if-none-match'] === '*' && this.#kept.has(key)) return refusal(412, 'PreconditionFailed');
    this.#keep(key, request, bytes);
    return (_, response) => response.writeHead(200, { etag: etagOf(bytes) }).end();
  }

  #keep(key: string, { headers }: IncomingMessage, bytes: Buffer): void {
    const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.test(name));
    this.#kept.set(key, { bytes, headers: Object.fromEntries(kept) as Record<string, string> });
  }
}

function give({ bytes, headers }: Kept, method: string): Answer {
  const head = { ...headers, etag: etagOf(bytes), 'content-length': bytes.length };
  return (_, response) => response.writeHead(200, head).end(method === 'HEAD' ? undefined : bytes);
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
