// A response of server-sent events: opened at once, kept alive, ended by whichever side ends first.
import type { Request, Response } from 'express';

/** Proxies close a connection that is silent for long; a comment keeps it open. */
const KEEP_ALIVE_MS = 15_000;

export class EventStream {
  readonly #res: Response;
  readonly #endings: (() => void)[] = [];
  #open = true;

  /** @param closing aborted when the service stops: the client then reconnects by itself */
  constructor(req: Request, res: Response, closing: AbortSignal) {
    this.#res = res;
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    res.flushHeaders();
    res.write('retry: 2000\n\n');
    const keepAlive = setInterval(() => res.write(': still here\n\n'), KEEP_ALIVE_MS);
    const end = () => this.end();
    this.onEnd(() => clearInterval(keepAlive));
    this.onEnd(() => closing.removeEventListener('abort', end));
    closing.addEventListener('abort', end);
    // The response's end, not the request's: a request is closed as soon as it is read.
    res.on('close', end);
    res.on('error', end);
    // HEAD asks for the head alone, and a client may have gone before we came here.
    if (closing.aborted || res.closed || req.method === 'HEAD') this.end();
  }

  send(event: string, data: unknown, id: string): void {
    if (this.#open) this.#res.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#res.end();
    for (const ending of this.#endings) ending();
  }

  /** Runs when the stream ends; at once when it has. */
  onEnd(ending: () => void): void {
    if (this.#open) this.#endings.push(ending);
    else ending();
  }
}
