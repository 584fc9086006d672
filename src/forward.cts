// What a forum mounts in its own process to pass the image routes on to the image service, which runs as another process.
// It stands on Node alone, 18 or later: no package, nothing native and nothing else of ours is loaded into the forum.
import { randomUUID } from 'node:crypto';
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestOptions,
  ServerResponse,
} from 'node:http';
import { Agent, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream';

export interface ForwardOptions {
  /** Origin of the image service, such as `http://127.0.0.1:3001`. */
  target: string;
  /** Milliseconds in which the service has to begin its answer (default 35 000); what has begun may then be silent. */
  timeoutMs?: number;
  /** Gets one line for each failure; without it nothing is written. `console` will do. */
  logger?: { warn(message: string): void };
}

/** `body` is what body parsers leave; `rawBody` is the usual name of what their `verify` hook keeps. */
type HostRequest = IncomingMessage & { originalUrl?: string; body?: unknown; rawBody?: unknown };
type Middleware = (req: HostRequest, res: ServerResponse, next: (error?: unknown) => void) => void;
type Body = { kind: 'none' | 'stream' | 'lost' } | { kind: 'bytes'; bytes: Buffer };
type Service = ReturnType<typeof openService>;

/** The service's routes: `:id` is any one segment, `/*` at the end anything below, `(/*)` the path itself as well. */
export const imagePaths: readonly string[] = [
  '/api/image-styles(/*)',
  '/api/image-credits(/*)',
  '/api/image-erasure',
  '/api/image-export',
  '/api/image-admin/*',
  '/api/image-healthz',
  '/api/image-readyz',
  '/api/image-metrics',
  '/api/image-openapi.json',
  '/api/image-docs(/*)',
  '/api/image-client/*',
  '/api/image-files/*',
  '/api/games/:id/characters',
  '/api/games/:id/images',
  '/api/games/:id/prompt-preview',
  '/api/games/:id/scene-suggestions',
  '/api/characters/*',
  '/api/posts/:id/images',
  '/api/posts/:id/image-place',
  '/api/post-images(/*)',
  '/api/generations(/*)',
  '/api/webhooks/replicate',
];
const shapes = imagePaths.map((path) =>
  path.replace('.', '\\.').replace(':id', '[^/]+').replace('(/*)', '(?:/.+)?').replace('/*', '/.+'),
);
const imagePath = new RegExp(`^(?:${shapes.join('|')})/?$`);
/** What another reader might resolve to another path: dot segments, empty ones, encoded slashes and dots. */
const ambiguous = /[\\?#]|\/\/|\/\.{1,2}(?:\/|$)|%(?:00|2e|2f|5c)/i;

/** Whether the service answers this path (without a query). Exact in case; ids are the service's to judge. */
export function isImagePath(path: string): boolean {
  return imagePath.test(path) && !ambiguous.test(path);
}

/**
 * Express or Connect middleware that forwards the image routes and leaves everything else to `next`. It goes before or
 * after the body parser, at the root or under `/api`; but only before a parser, or with `rawBody` kept by its `verify`
 * hook, do a webhook's bytes arrive as they were signed.
 * @throws Error when `target` is not an http(s) origin
 */
export function forwardImages(options: ForwardOptions): Middleware {
  const service = openService(options);
  return (req, res, next) => {
    // Express cuts the mount point off `url`, but not off `originalUrl`.
    const url = req.originalUrl ?? req.url ?? '';
    if (isImagePath(url.replace(/\?.*/s, ''))) forward(service, url, req, res);
    else next();
  };
}

function openService(options: ForwardOptions) {
  const { protocol, port, hostname: host } = readOrigin(options?.target);
  const tls = protocol === 'https:';
  const hostname = host.replace(/^\[|\]$/g, ''); // the brackets of an IPv6 address belong to the URL
  const agent = new (tls ? TlsAgent : Agent)({
    keepAlive: true,
    maxSockets: 1024, // each open event stream holds one; the limit guards the forum's file descriptors
    maxFreeSockets: 32,
    timeout: 4000, // of idle sockets: a Node server closes them after 5 s, and a request must not meet that
    autoSelectFamily: true, // else `localhost` is only ::1 to Node 18
    // Node would take the name to verify from the Host header, and that names the forum.
    ...{ servername: isIP(hostname) ? '' : hostname },
  });
  const send = tls ? requestTls : request;
  return {
    send: (request: RequestOptions) => send({ ...request, protocol, hostname, port, agent }),
    timeoutMs: options.timeoutMs ?? 35_000,
    warn: (message: string) => options.logger?.warn(`image service: ${message}`),
  };
}

function readOrigin(target: string): URL {
  const url = parseUrl(target);
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url;
  throw new Error('forwardImages: target must be the http(s) origin of the image service, as "http://127.0.0.1:3001"');
}

/** As URL.parse, which is newer than the oldest Node that this must run on. */
function parseUrl(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

function forward(service: Service, url: string, req: HostRequest, res: ServerResponse): void {
  const body = findBody(req);
  if (body.kind === 'lost') {
    sendError(res, 415, 'unsupported_media_type', 'The body has to be JSON (Content-Type: application/json).');
    return;
  }
  const fail = (error: Error) => {
    // An answer that has begun can only be cut, which `relay` does; a client that has left needs none.
    if (res.headersSent || res.destroyed) return;
    service.warn(`${req.method} ${url.replace(/\?.*/s, '')}: ${error.message}`);
    sendError(res, 503, 'shutting_down', 'The image service is not answering at the moment. Please try again shortly.');
  };
  const upstream = service.send({ method: req.method, path: url, headers: requestHeaders(req, body) });
  const timer = setTimeout(() => upstream.destroy(new Error('no answer in time')), service.timeoutMs);
  upstream.on('error', fail);
  upstream.on('response', (answer) => {
    clearTimeout(timer);
    relay(service, answer, res);
  });
  upstream.on('close', () => {
    clearTimeout(timer);
    fail(new Error('closed without an answer'));
    req.resume(); // the rest of an upload that nobody reads would block the client's connection
  });
  res.on('close', () => {
    if (!res.writableFinished) upstream.destroy();
  });
  if (body.kind === 'stream') req.pipe(upstream);
  else upstream.end(body.kind === 'bytes' ? body.bytes : undefined);
}

/** Where the body is now: untouched in the request, or read by a parser and so to be written anew. */
function findBody(req: HostRequest): Body {
  const framed = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (!framed) return { kind: 'none' };
  if (!req.readableDidRead) return { kind: req.readableEnded ? 'none' : 'stream' };
  for (const bytes of [req.rawBody, req.body]) {
    if (Buffer.isBuffer(bytes)) return { kind: 'bytes', bytes };
    if (typeof bytes === 'string') return { kind: 'bytes', bytes: Buffer.from(bytes) };
  }
  // A form or an upload cannot be rebuilt, and without its body it could pass for a request that never had one.
  const json = /^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? '')
    ? JSON.stringify(req.body)
    : undefined;
  if (json === undefined) return { kind: 'lost' };
  const needless = json === '{}' && /^(GET|HEAD|DELETE)$/.test(req.method ?? '');
  return needless ? { kind: 'none' } : { kind: 'bytes', bytes: Buffer.from(json) };
}

function requestHeaders(req: HostRequest, body: Body): OutgoingHttpHeaders {
  const headers = endToEnd(req.headers);
  headers['x-forwarded-for'] = [req.headers['x-forwarded-for'], req.socket.remoteAddress].filter(Boolean).join(', ');
  headers['x-forwarded-proto'] ??= 'encrypted' in req.socket ? 'https' : 'http';
  headers['x-forwarded-host'] ??= req.headers.host ?? '';
  delete headers.expect; // Node has answered it
  if (body.kind === 'bytes') delete headers['content-encoding']; // parsers unpack
  // Framed outright, never left to Node: a body without a frame is read as the next request, one that no filter has seen.
  delete headers['content-length'];
  const length = body.kind === 'bytes' ? body.bytes.length : req.headers['content-length'];
  if (body.kind === 'none') return headers;
  return { ...headers, ...(length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }) };
}

function relay(service: Service, answer: IncomingMessage, res: ServerResponse): void {
  const headers = endToEnd(answer.headers);
  const events = /^text\/event-stream/i.test(answer.headers['content-type'] ?? '');
  // Keeps a compressing middleware of the forum, and an nginx in front of it, from holding events back.
  if (events) Object.assign(headers, { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
  try {
    res.writeHead(answer.statusCode ?? 0, answer.statusMessage, headers);
  } catch (error) {
    answer.destroy(error as Error); // not HTTP, or the forum has answered meanwhile
    return;
  }
  if (events) res.flushHeaders();
  pipeline(answer, res, (error) => {
    if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') service.warn(`answer cut short: ${error.message}`);
  });
}

/** Headers without those that concern one connection only (RFC 9110, 7.6.1). */
function endToEnd(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const hop =
    /^(connection|keep-alive|proxy-(authenticate|authorization|connection)|te|trailer|transfer-encoding|upgrade)$/;
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hop.test(name) && !named.includes(name)));
}

function sendError(res: ServerResponse, status: 415 | 503, code: string, error: string): void {
  const text = JSON.stringify({ error, code, request_id: randomUUID() });
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '5' } : {}),
  });
  res.end(text);
}
