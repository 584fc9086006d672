// What the tests of the Replicate adapter share: a request, settings that point at a double, and a look at how a call fails.
import { expect } from 'vitest';
import type { ReplicateConfig } from '../../src/config.ts';
import { findModel, type Model } from '../../src/providers/models.ts';
import { type Attempt, type PictureRequest, type Provider, ProviderError } from '../../src/providers/provider.ts';
import { createReplicateProvider, DEADLINES, type Deadlines } from '../../src/providers/replicate.ts';
import { type Input, inputOf } from '../../src/providers/replicate-input.ts';
import type { ReplicateDouble } from './replicate-double.ts';

export const VERSION = '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc';
export const OTHER_VERSION = '39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b';

export const REQUEST: PictureRequest = {
  model: `stability-ai/sdxl:${VERSION}`,
  prompt: 'a tall woman in a green coat, oil painting',
  negative_prompt: '',
  seed: 4294967295,
  aspect_ratio: '2:3',
  width: 128,
  height: 192,
  reference: null,
  prompt_strength: null,
  lora: null,
  identity: null,
  num_inference_steps: 30,
  guidance_scale: 7.5,
};

/** What the adapter sends to SDXL for a request without images. */
export function sdxlInput(request: PictureRequest): Input {
  return inputOf(findModel(`stability-ai/sdxl:${VERSION}`) as Model, request);
}

/** An adapter for the double. `deadlines` in milliseconds, for those a test wants to run into. */
export function providerFor(
  double: ReplicateDouble,
  changes: Partial<ReplicateConfig> = {},
  deadlines: Partial<Deadlines> = {},
): Provider {
  const config: ReplicateConfig = {
    kind: 'replicate',
    token: double.token,
    baseUrl: double.url,
    model: `stability-ai/sdxl:${VERSION}`,
    identityModel: null,
    modelPrice: null,
    identityModelPrice: null,
    outputOrigins: [double.outputOrigin],
    pollIntervalMs: 50,
    cancelAfterS: 120,
    trainingDestination: null,
    promptWriter: null,
    webhook: null,
    ...changes,
  };
  return createReplicateProvider(config, { ...DEADLINES, ...deadlines });
}

export function attempt(submittedAt = new Date()): Attempt {
  return { generationId: 'g_1', nonce: 'n_1', submittedAt };
}

/** The error that a call ends with; whatever it is, it must not give away the token. */
export async function failure(call: Promise<unknown>, token: string): Promise<ProviderError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  expect((error as Error).message).not.toContain(token);
  return error as ProviderError;
}
