// Both ends of Replicate's webhook: the address that a create carries, and what a call to that address says.
import { z } from 'zod';
import type { Attempt } from './provider.ts';
import { Answer } from './replicate-prediction.ts';

/** Which attempt a call is about, and which prediction it names. The latter is the sender's word and no more. */
export interface WebhookCall {
  id: string;
  nonce: string;
  predictionId: string | null;
}

const Query = z.object({ generation: z.string().max(100), nonce: z.string().max(100) });

/** `completed` alone: what lies before the end is learned by asking, and would only be more calls. */
export function webhookMembers(url: string, { generationId, nonce }: Attempt): object {
  const query = new URLSearchParams({ generation: generationId, nonce } satisfies z.output<typeof Query>);
  return { webhook: `${url}?${query}`, webhook_events_filter: ['completed'] };
}

/** Undefined for an address that we did not give out. A body of whatever shape still says that there is something to see. */
export function readWebhookCall(query: unknown, body: Buffer): WebhookCall | undefined {
  const asked = Query.safeParse(query);
  if (!asked.success) return undefined;
  return { id: asked.data.generation, nonce: asked.data.nonce, predictionId: predictionIdOf(body) };
}

function predictionIdOf(body: Buffer): string | null {
  try {
    return Answer.pick({ id: true }).parse(JSON.parse(body.toString('utf8'))).id;
  } catch {
    return null;
  }
}
