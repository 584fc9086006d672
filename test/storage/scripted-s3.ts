// A server on a real socket that answers each S3 request as a test has written down, and remembers what it was asked.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  bytes: Buffer;
}

/** By the time it is called the request has been read, except by `resetMidBody`. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface ScriptedS3 {
  endpoint: string;
  asked: Asked[];
  /** The methods asked for so far, as in `PUT PUT HEAD`. */
  methods(): string;
  stop(): Promise<void>;
}

/** Answers come in the order given; the last one is given for ever. */
export async function scriptedS3(...answers: Answer[]): Promise<ScriptedS3> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] as Answer;
    const { method = '', url: path = '', headers } = request;
    const entry: Asked = { method, path, headers, bytes: Buffer.alloc(0) };
    asked.push(entry);
    if (answer !== resetMidBody) entry.bytes = await buffer(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    methods: () => asked.map(({ method }) => method).join(' '),
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** An S3 error as the protocol writes it. */
export function refusal(status: number, code: string, headers: Record<string, string> = {}, page?: string): Answer {
  const body = page ?? `<?xml version="1.0"?><Error><Code>${code}</Code><Message>upstream words</Message></Error>`;
  return (_, response) => response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
}

export const stored: Answer = (_, response) => response.writeHead(200, { etag: '"e"' }).end();
export const deleted: Answer = (_, response) => response.writeHead(204).end();
export const missing: Answer = (_, response) => response.writeHead(404).end();
export const html: Answer = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');

/** The answer to a HEAD for an object of that size and digest. */
export function holds(size: number, sha256: string): Answer {
  const headers = { etag: '"e"', 'content-length': size, 'x-amz-meta-sha256': sha256 };
  return (_, response) => response.writeHead(200, headers).end();
}

export const hang: Answer = () => undefined;

/** The request was read whole and may have been obeyed, but its answer is lost. */
export const loseReply: Answer = (request) => request.socket.destroy();

/** The connection breaks while the request's body is still on its way. */
export const resetMidBody: Answer = (request) => {
  request.once('data', () => request.socket.resetAndDestroy());
};

/** Begins to send `bytes`, then breaks off or falls silent half-way. */
export function halfOf(bytes: Buffer, then: 'break' | 'silence'): Answer {
  return (_, response) => {
    response.writeHead(200, { etag: '"e"', 'content-length': bytes.length });
    response.write(bytes.subarray(0, bytes.length / 2), () => {
      if (then === 'break') response.destroy();
    });
  };
}

/** The answer to a GET. */
export function gives(bytes: Buffer, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(200, { etag: '"e"', 'content-type': 'image/webp', ...headers }).end(bytes);
}
