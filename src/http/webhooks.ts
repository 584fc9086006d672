// The door for Replicate: whoever signs right is told 200 whatever it is about, and has at most woken one generation.
import express, { type Request, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { ServiceError } from '../errors.ts';
import { reach } from '../failpoints.ts';
import { readWebhookCall, type WebhookCall } from '../providers/replicate-webhook.ts';
import { RecentIds } from './recent-ids.ts';
import type { Routes } from './route.ts';
import { isSigned } from './standard-webhooks.ts';

const BODY_LIMIT = 256 * 1024;
const PATH = '/webhooks/replicate';

export interface Webhooks {
  secret: string;
  /** Has the generation looked at now, if there is one that fits. */
  wakeUp(call: WebhookCall): Promise<void>;
}

/**
 * Not by routes.add: a signature stands for the login, and it is over the bytes as they were sent.
 * @param guards what every request passes; not those that are about browsers and JSON
 * @param parts.webhooks null where none are expected
 */
export function addWebhookRoute(
  routes: Routes,
  guards: RequestHandler[],
  parts: { webhooks: Webhooks | null; log: Logger },
): void {
  const { webhooks, log } = parts;
  routes.list.push({
    method: 'post',
    path: PATH,
    tag: 'Generations',
    summary: 'For Replicate alone: says, signed by Standard Webhooks, that a prediction has ended',
    query: z.object({
      generation: z.string().optional(),
      training: z.string().optional(),
      nonce: z.string().optional(),
    }),
    replies: { 200: null },
    public: true,
  });
  // Unpacked by nobody: what is signed is what came.
  const bytes = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });
  routes.router.post(PATH, ...guards, ...(webhooks ? [bytes, receiver(webhooks, log)] : [notExpected]));
}

const notExpected: RequestHandler = (_req, _res, next) => {
  next(new ServiceError('not_found', 'Webhooks are not switched on here.'));
};

/** Signed messages are answered 200 for ids that nobody knows, too: the sender would only say it again. */
function receiver(webhooks: Webhooks, log: Logger): RequestHandler {
  const seen = new RecentIds();
  return async (req, res) => {
    const body = bytesOf(req, log);
    const id = req.get('webhook-id') ?? '';
    const headers = { id, timestamp: req.get('webhook-timestamp'), signatures: req.get('webhook-signature') };
    if (!isSigned({ ...headers, body }, webhooks.secret)) {
      log.warn('a webhook was refused: it is not signed, signed with another secret, or its time is not ours');
      throw refused('it is not signed, wrongly signed, or too old');
    }
    const call = readWebhookCall(req.query, body);
    if (call && seen.add(id)) await wakeUp(webhooks, call, () => seen.delete(id));
    res.status(200).end();
  };
}

/** One that could not be written down is answered 500, and has to count when it is sent again. */
async function wakeUp(webhooks: Webhooks, call: WebhookCall, forget: () => void): Promise<void> {
  try {
    await reach('K9');
    await webhooks.wakeUp(call);
    await reach('K10');
  } catch (error) {
    forget();
    throw error;
  }
}

/** The body as it was sent; written anew by us, `1.0` would become `1`, and nothing would fit the signature. */
function bytesOf(req: Request, log: Logger): Buffer {
  const { rawBody } = req as { rawBody?: unknown };
  const kept = [rawBody, req.body ?? ''].find((each) => Buffer.isBuffer(each) || typeof each === 'string');
  if (kept === undefined) {
    log.warn(
      'the body of a webhook was parsed before it came here, so its signature cannot be checked: mount the image routes ' +
        'before the body parser, or let the parser keep the bytes: express.json({ verify: (req, _res, bytes) => { req.rawBody = bytes; } })',
    );
    throw refused('its body was parsed on the way');
  }
  const bytes = Buffer.from(kept as Buffer | string);
  if (bytes.length > BODY_LIMIT) throw new ServiceError('too_large', 'The request is too large.');
  return bytes;
}

function refused(why: string): ServiceError {
  return new ServiceError('unauthenticated', `This webhook is not accepted: ${why}.`);
}
