// The double's webhooks: signed as Replicate signs, sent again when they are not taken, and late, twice, out of order or lost
// where a test says so.
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What goes wrong with one message; nothing set means that it is sent once, rightly signed, as soon as the run has ended. */
export interface WebhookFault {
  drop?: boolean;
  /** How often it is sent, all at the same time. */
  copies?: number;
  delayMs?: number;
  /** Sent only after the message that comes next. */
  afterNext?: boolean;
  /** Signed with this in place of the secret. */
  secret?: string;
}

/** One try to deliver. */
export interface Delivery {
  id: string;
  url: string;
  /** Undefined when nothing answered. */
  status: number | undefined;
}

interface Message {
  id: string;
  url: string;
  body: string;
  fault: WebhookFault;
}

/** Together half a minute, which is longer than any program of a test stays away. */
const TRIES = 32;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  readonly #secret: string;
  readonly #faults: (WebhookFault | null)[] = [];
  readonly #closed = new AbortController();
  #patience = new AbortController();
  #waiting: Message[] = [];

  constructor(secret: string) {
    this.#secret = secret;
  }

  next(...faults: (WebhookFault | null)[]): void {
    this.#faults.push(...faults);
  }

  /** Sends `body` to the address as soon as it is there to be told. */
  async announce(url: string, body: () => string | undefined): Promise<void> {
    const fault = this.#faults.shift() ?? {};
    const { signal } = this.#closed;
    for (;;) {
      if (signal.aborted) return;
      const text = body();
      if (text !== undefined) return this.#send({ id: newId(), url, body: text, fault });
      await sleep(5, undefined, { signal }).catch(() => {});
    }
  }

  /** What was tried until now and not taken is lost for good. */
  giveUp(): void {
    this.#patience.abort();
    this.#patience = new AbortController();
  }

  close(): void {
    this.#closed.abort();
    this.#patience.abort();
  }

  async #send(message: Message): Promise<void> {
    const { drop, copies = 1, delayMs = 0, afterNext } = message.fault;
    if (drop) return;
    if (afterNext) return void this.#waiting.push({ ...message, fault: { ...message.fault, afterNext: false } });
    await sleep(delayMs, undefined, { signal: this.#closed.signal }).catch(() => {});
    await Promise.all(Array.from({ length: copies }, () => this.#deliver(message)));
    for (const held of this.#waiting.splice(0)) await this.#send(held);
  }

  /** The same id with each try, and the time of the try. */
  async #deliver(message: Message): Promise<void> {
    const { signal } = this.#patience;
    for (let attempt = 0; attempt < TRIES && !signal.aborted && !this.#closed.signal.aborted; attempt++) {
      const status = await this.#post(message);
      this.deliveries.push({ id: message.id, url: message.url, status });
      if (status !== undefined && status < 300) return;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  async #post({ id, url, body, fault }: Message): Promise<number | undefined> {
    const headers = signedHeaders(body, { id, secret: fault.secret ?? this.#secret });
    try {
      const reply = await fetch(url, { method: 'POST', headers, body, signal: this.#closed.signal });
      await reply.arrayBuffer();
      return reply.status;
    } catch {
      return undefined;
    }
  }
}

/** As the sender makes them. `at` in seconds since 1970. */
export function signedHeaders(
  body: string | Buffer,
  { id = newId(), at = Math.floor(Date.now() / 1000), secret = WEBHOOK_SECRET } = {},
): Record<string, string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${signature}`,
  };
}

function newId(): string {
  return `msg_${randomBytes(12).toString('hex')}`;
}
