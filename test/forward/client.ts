// A plain HTTP client for these tests: paths go out as written, and an answer can be watched while it comes.
import { type EventEmitter, once } from 'node:events';
import { type Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

interface Ask {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  agent?: Agent;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

export async function ask(port: number, path: string, options: Ask = {}): Promise<Answer> {
  const { answer } = await open(port, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

/** Resolves with the head of the answer; the rest is still to come. */
export async function open(
  port: number,
  path: string,
  options: Ask = {},
): Promise<{ req: ClientRequest; answer: IncomingMessage }> {
  const req = begin(port, path, options).end(options.body);
  const [answer] = (await once(req, 'response')) as [IncomingMessage];
  return { req, answer };
}

/** A request whose body is still to be written. */
export function begin(port: number, path: string, { method = 'GET', headers = {}, agent }: Ask = {}): ClientRequest {
  return request({ host: '127.0.0.1', port, path, method, headers, agent: agent ?? false });
}

export function json(value: unknown, method = 'POST'): Ask {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return { method, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }, body };
}

/** Sends bytes as they are and gives back everything until the server closes the connection. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Follows an answer while it comes: `seen` waits for a text in it, `end` tells whether it was finished or cut off. */
export function watch(answer: IncomingMessage): {
  seen(text: string): Promise<void>;
  end: Promise<'finished' | 'cut'>;
} {
  let text = '';
  answer.on('data', (chunk: Buffer) => {
    text += chunk;
    answer.emit('more');
  });
  answer.on('error', () => {});
  const end = closed(answer).then(() => (answer.complete ? ('finished' as const) : ('cut' as const)));
  const seen = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const closed = end.then(() => Promise.reject(new Error(`The answer ended without ${wanted}: ${text}`)));
      await Promise.race([once(answer, 'more'), closed]);
    }
  };
  return { seen, end };
}

/** Waits for `close`, whatever error comes before it. */
export function closed(emitter: EventEmitter): Promise<void> {
  return new Promise((resolve) => emitter.once('close', () => resolve()));
}
