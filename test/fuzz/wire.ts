// Sends what fetch would refuse to send: any method, any path, any header, and bytes that are hardly HTTP.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { FuzzRequest } from './requests.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  ms: number;
}

/** Longer than anything may take, so that a hang is seen and named. */
const PATIENCE_MS = 5000;

export interface Wire {
  close(): void;
  send(request: FuzzRequest): Promise<Answer>;
}

export function createWire(origin: string, cookies: Record<FuzzRequest['user'], string>): Wire {
  const agent = new Agent({ keepAlive: true, maxSockets: 12 });
  const { hostname, port } = new URL(origin);
  return {
    close: () => agent.destroy(),
    send({ user, method, path, headers, body }: FuzzRequest): Promise<Answer> {
      const started = performance.now();
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const cookie = cookies[user];
      const all = { ...headers, ...(cookie && { cookie }), ...(body && { 'content-length': String(body.length) }) };
      const sent = request({ agent, hostname, port, method, path, headers: all }, (response) => {
        const chunks: Buffer[] = [];
        const done = () => {
          clearTimeout(timer);
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            ms: performance.now() - started,
          });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          // A stream of events ends when its reader goes away.
          if (response.headers['content-type']?.startsWith('text/event-stream') && chunks.length > 1) sent.destroy();
        });
        response.on('close', done);
      });
      const timer = setTimeout(() => sent.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
      sent.on('error', reject);
      sent.end(body);
      return promise;
    },
  };
}

/** Writes bytes to a socket of their own, closes this side if asked to, and reads until the other side closes or `ms` are over. */
export async function sendRaw(
  origin: string,
  bytes: string | Buffer,
  how: { ms?: number; then?: 'end' | 'reset' } = {},
) {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {}); // the other side may well reset it
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(bytes, () => {
    if (how.then === 'end') socket.end();
    if (how.then === 'reset') socket.resetAndDestroy();
  });
  const patience = setTimeout(() => socket.destroy(), how.ms ?? 300);
  await closed;
  clearTimeout(patience);
  return Buffer.concat(chunks).toString('latin1');
}
