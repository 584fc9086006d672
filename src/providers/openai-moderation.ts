// Asks OpenAI's moderation endpoint, or one that speaks like it, about a text or a picture. What follows from the answer is not decided here.
import { z } from 'zod';
import type { RemoteModeration } from '../config.ts';
import { ProviderError } from './provider.ts';
import { exchange, StatusError } from './replicate-http.ts';

/** Of the endpoint's categories those that any decision is made by. An answer without one of them is none. */
const CATEGORIES = [
  'sexual',
  'sexual/minors',
  'hate',
  'hate/threatening',
  'self-harm',
  'self-harm/intent',
  'self-harm/instructions',
  'violence/graphic',
] as const;
export type OpenAiCategory = (typeof CATEGORIES)[number];

export interface Judgement {
  /** How sure it is, 0–1. */
  scores: Record<OpenAiCategory, number>;
  /** What it would refuse itself. */
  flags: Record<OpenAiCategory, boolean>;
}

/** Every method @throws ProviderError when there is no judgement; its message holds nothing of what was asked about. */
export interface Moderation {
  ofText(text: string): Promise<Judgement>;
  ofPicture(jpeg: Buffer): Promise<Judgement>;
}

const DEADLINE_MS = 5000;
/** An answer has some 2 kB. */
const MAX_BYTES = 64 * 1024;

const ofEach = <T extends z.ZodType>(type: T) =>
  z.object(Object.fromEntries(CATEGORIES.map((name) => [name, type])) as Record<OpenAiCategory, T>);
const Answer = z.object({
  results: z.tuple([z.object({ categories: ofEach(z.boolean()), category_scores: ofEach(z.number().min(0).max(1)) })]),
});

/** @param deadlineMs tests shorten it; nothing else does */
export function createOpenAiModeration(config: RemoteModeration, deadlineMs = DEADLINE_MS): Moderation {
  const ask = (input: unknown) => judge(config, input, deadlineMs);
  return {
    ofText: (text) => ask(text),
    ofPicture: (jpeg) =>
      ask([{ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${jpeg.toString('base64')}` } }]),
  };
}

async function judge({ baseUrl, apiKey, model }: RemoteModeration, input: unknown, deadlineMs: number) {
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, input }),
  };
  const about = { stakes: 'free', token: apiKey, deadlineMs, maxBytes: MAX_BYTES } as const;
  const { text } = await exchange(`${baseUrl}/moderations`, init, about).catch(refused);
  return judgementIn(text);
}

/** Its explanation of a refusal may repeat what it was asked about, or the key: only the status is kept. */
function refused(error: unknown): never {
  if (!(error instanceof StatusError)) throw error;
  const { kind, status, retryAfterMs } = error;
  throw new ProviderError(kind, `the moderation endpoint answered ${status}`, { retryAfterMs });
}

function judgementIn(text: string): Judgement {
  try {
    const { categories, category_scores } = Answer.parse(JSON.parse(text)).results[0];
    return { scores: category_scores, flags: categories };
  } catch {
    // What could not be read is not told: it may be an echo of what was sent.
    throw new ProviderError('later', 'the moderation endpoint answered something else than a judgement');
  }
}
