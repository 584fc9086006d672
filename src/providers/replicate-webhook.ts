// Both ends of Replicate's webhook: the address that a create carries, and what a call to that address says.
import { z } from 'zod';
import { Answer } from './replicate-prediction.ts';

/** Which attempt a call is about, and which prediction it names. The latter is the sender's word and no more. */
export interface WebhookCall {
  /** Of a generation or a training: no two of either share one. */
  id: string;
  nonce: string;
  predictionId: string | null;
}

const text = z.string().max(100);
const Query = z.union([
  z.object({ generation: text, nonce: text }).transform(({ generation, nonce }) => ({ id: generation, nonce })),
  z.object({ training: text, nonce: text }).transform(({ training, nonce }) => ({ id: training, nonce })),
]);

/** `completed` alone: what lies before the end is learned by asking, and would only be more calls. */
export function webhookMembers(url: string, subject: z.input<typeof Query>): object {
  const query = new URLSearchParams(subject);
  return { webhook: `${url}?${query}`, webhook_events_filter: ['completed'] };
}

/** Undefined for an address that we did not give out. A body of whatever shape still says that there is something to see. */
export function readWebhookCall(query: unknown, body: Buffer): WebhookCall | undefined {
  const asked = Query.safeParse(query);
  if (!asked.success) return undefined;
  return { ...asked.data, predictionId: predictionIdOf(body) };
}

function predictionIdOf(body: Buffer): string | null {
  try {
    return Answer.pick({ id: true }).parse(JSON.parse(body.toString('utf8'))).id;
  } catch {
    return null;
  }
}
