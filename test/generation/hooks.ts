// Calls the service as the provider does, at a moment and about a prediction of a test's choice.
import { expect } from 'vitest';
import { signedHeaders } from '../support/replicate-webhooks.ts';
import type { World } from './world.ts';

export async function call(
  { double, service }: World,
  generation: { id: string },
  prediction: { id?: string },
): Promise<void> {
  const ordered = double.requests.map(({ body }) => (body as { webhook?: string } | undefined)?.webhook ?? '');
  const address = new URL(ordered.find((url) => url.includes(`generation=${generation.id}&`)) ?? '');
  const body = JSON.stringify(prediction);
  const url = service.origin + address.pathname + address.search;
  const reply = await fetch(url, { method: 'POST', headers: signedHeaders(body), body });
  expect(reply.status).toBe(200);
}
