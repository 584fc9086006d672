// Ways in which an answer goes wrong on the wire, to be scripted call by call.
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** The answer as it should have been. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Fault {
  /** Whether the call takes effect all the same: a create is accepted and billed, and only its answer goes wrong. */
  takesEffect: boolean;
  /** `normal` is there when the call took effect. */
  answer(response: ServerResponse, normal: Reply | undefined): void;
}

export type Body = string | Buffer | object;

/** Any answer at all. Objects are sent as JSON. */
export function answer(
  status: number,
  body: Body = '',
  headers: Record<string, string> = {},
  takesEffect = false,
): Fault {
  return {
    takesEffect,
    answer(response) {
      const raw = typeof body === 'string' || Buffer.isBuffer(body);
      const type = raw ? 'text/plain' : status >= 400 ? 'application/problem+json' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers }).end(raw ? body : JSON.stringify(body));
    },
  };
}

/** 429. `seconds` becomes the body's number and sentence, `header` the Retry-After header as it is. */
export function throttled({ seconds, header }: { seconds?: number; header?: string } = {}): Fault {
  const sentence = seconds === undefined ? '' : ` Your rate limit resets in ~${seconds}s.`;
  const body = { detail: `Request was throttled.${sentence}`, status: 429, retry_after: seconds };
  return answer(429, body, header === undefined ? {} : { 'retry-after': header });
}

export function withoutCredit(): Fault {
  const detail = 'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing';
  return answer(402, { title: 'Insufficient credit', detail, status: 402 });
}

/** As a proxy answers while the API behind it is down. */
export function serverError(status = 500): Fault {
  return answer(status, `<html><body><h1>${status}</h1></body></html>`, { 'content-type': 'text/html' });
}

/** The connection is torn down after the request was read, `before` it took effect or `after`. */
export function reset(when: 'before' | 'after'): Fault {
  return { takesEffect: when === 'after', answer: (response) => void response.socket?.resetAndDestroy() };
}

/** Nothing is ever answered. */
export function hang(when: 'before' | 'after' = 'after'): Fault {
  return { takesEffect: when === 'after', answer: () => {} };
}

/** The right answer, after a while in which something else happens. */
export function slow(ms: number, meanwhile: () => unknown = () => {}): Fault {
  return changed((reply, response) => {
    meanwhile();
    setTimeout(() => response.writeHead(reply.status, reply.headers).end(reply.body), ms);
  });
}

/** The whole answer, but for its last byte, which never comes. */
export function unfinished(): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, { ...reply.headers, 'content-length': String(reply.body.length) });
    response.write(reply.body.subarray(0, -1));
  });
}

export function htmlPage(): Fault {
  return answer(200, '<!doctype html><title>Welcome</title>', { 'content-type': 'text/html' }, true);
}

export function brokenJson(): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, reply.headers).end(reply.body.subarray(0, reply.body.length / 2));
  });
}

type Members = Record<string, unknown>;

/** The answer's JSON with some members replaced; undefined removes one. */
export function withMembers(members: Members | ((answer: Members) => Members)): Fault {
  return changed((reply, response) => {
    const answer = JSON.parse(reply.body.toString('utf8')) as Members;
    const body = { ...answer, ...(typeof members === 'function' ? members(answer) : members) };
    response.writeHead(reply.status, reply.headers).end(JSON.stringify(body));
  });
}

export function redirect(to: string, status = 302): Fault {
  return answer(status, '', { location: to });
}

/** Half the picture in chunks, then a clean end: nothing on the wire tells that something is missing. */
export function truncated(): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, reply.headers);
    response.write(reply.body.subarray(0, reply.body.length / 2));
    response.end();
  });
}

/** More was promised than comes before the connection ends. */
export function cutShort(): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, { ...reply.headers, 'content-length': String(reply.body.length) });
    response.write(reply.body.subarray(0, reply.body.length / 2), () => response.socket?.destroy());
  });
}

/** A status whose explanation breaks off. */
export function brokenOff(status: number): Fault {
  return {
    takesEffect: false,
    answer(response) {
      response.writeHead(status, { 'content-length': '100' });
      response.write('{"detail":', () => response.socket?.destroy());
    },
  };
}

/** Half the picture, then silence. */
export function stalled(): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, reply.headers);
    response.write(reply.body.subarray(0, reply.body.length / 2));
  });
}

/** The whole picture, in pieces with a pause between them. */
export function inPieces(count: number, everyMs: number): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, reply.headers);
    const size = Math.ceil(reply.body.length / count);
    const pieces = Array.from({ length: count }, (_, i) => reply.body.subarray(i * size, (i + 1) * size));
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) response.write(piece);
      else response.end();
    }, everyMs);
    response.on('close', () => clearInterval(timer));
  });
}

/** One byte at a time, for ever: never silent for long, and never done. */
export function dripping(everyMs: number): Fault {
  return changed((reply, response) => {
    response.writeHead(reply.status, reply.headers);
    const timer = setInterval(() => response.write('.'), everyMs);
    response.on('close', () => clearInterval(timer));
  });
}

/** As many zero bytes as asked for, in chunks. */
export function manyBytes(count: number): Fault {
  return changed((reply, response) => {
    response.writeHead(200, reply.headers);
    const chunk = Buffer.alloc(64 * 1024);
    for (let left = count; left > 0; left -= chunk.length) response.write(chunk.subarray(0, left));
    response.end();
  });
}

/** The right bytes, called something else. */
export function headed(status: number, headers: Record<string, string> = {}): Fault {
  return changed((reply, response) => {
    response.writeHead(status, { ...reply.headers, ...headers }).end(reply.body);
  });
}

/** A few kilobytes that unpack to as many zero bytes as asked for. */
export function gzipBomb(count: number): Fault {
  return answer(200, gzipSync(Buffer.alloc(count)), { 'content-type': 'image/png', 'content-encoding': 'gzip' });
}

function changed(how: (reply: Reply, response: ServerResponse) => void): Fault {
  return {
    takesEffect: true,
    answer(response, normal) {
      if (!normal) throw new Error('the call took no effect, so there is no answer to change');
      how(normal, response);
    },
  };
}
