// Replicate's words and ours: a picture request becomes SDXL's input, a prediction in whatever shape becomes our Prediction.
import { z } from 'zod';
import { type PictureRequest, type Prediction, type PredictionStatus, ProviderError } from './provider.ts';

const STATUSES: readonly string[] = ['starting', 'processing', 'succeeded', 'failed', 'canceled', 'aborted'];

/** Only the id is indispensable: it is what the picture has been paid under. It becomes part of a path, hence its alphabet. */
export const Answer = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.string().catch('unknown'),
  version: z.string().min(1).nullish().catch(null),
  output: z.unknown(),
  error: z.unknown(),
  logs: z.string().nullish().catch(null),
  data_removed: z.boolean().nullish().catch(null),
  metrics: z.object({ predict_time: z.number().nonnegative() }).nullish().catch(null),
});

export const ListedAnswer = Answer.extend({
  created_at: z.string().catch(''),
  /** Empty once Replicate has removed the data, after an hour. */
  input: z.record(z.string(), z.unknown()).catch({}),
});

/** `askedVersion` stands in when the answer names none. */
export function toPrediction(answer: z.output<typeof Answer>, askedVersion: string): Prediction {
  return {
    id: answer.id,
    status: statusOf(answer),
    progress: progressOf(answer.logs ?? ''),
    outputs: answer.data_removed ? [] : outputsOf(answer.output),
    failure: answer.status === 'failed' ? failureOf(answer.error) : null,
    modelVersion: answer.version ?? askedVersion,
    predictSeconds: answer.metrics?.predict_time ?? null,
  };
}

export function statusOf({ status }: z.output<typeof Answer>): PredictionStatus {
  return STATUSES.includes(status) ? (status as PredictionStatus) : 'unknown';
}

/** SDXL answers a list; other models answer one address. */
function outputsOf(output: unknown): string[] {
  const list = Array.isArray(output) ? output : [output];
  return list.filter((entry) => typeof entry === 'string' && entry !== '');
}

function failureOf(error: unknown): Prediction['failure'] {
  const message = failureText(error);
  return { rejected: /NSFW content detected/i.test(message), message };
}

/** For the log. */
export function failureText(error: unknown): string {
  return (typeof error === 'string' ? error : (JSON.stringify(error ?? '') ?? '')).slice(0, 1000);
}

/**
 * The last progress bar in the logs, 0–1. The library's own reader wants a bar alone on its line, and so misses bars
 * joined by carriage returns. Only the tail is read: it holds the last bar, and bounds the time spent on hostile logs.
 */
export function progressOf(logs: string): number | null {
  const bar = [...logs.slice(-8192).matchAll(/(\d+)%\|[^|\n]*\|\s*(\d+)\/(\d+)/g)].at(-1);
  if (!bar) return null;
  const [percent, done, total] = bar.slice(1).map(Number) as [number, number, number];
  return Math.min(total > 0 ? done / total : percent / 100, 1);
}

/**
 * SDXL's input. A key without a value is left out: null is refused as a wrong type.
 * The refiner stays off because trained weights are never loaded into it; the safety checker stays on.
 */
export function toInput(request: PictureRequest): Record<string, string | number | boolean> {
  return {
    prompt: request.prompt,
    negative_prompt: request.negative_prompt,
    seed: request.seed,
    width: request.width,
    height: request.height,
    // One: the seed belongs to the whole batch, so a later picture of a batch could never be made again alone.
    num_outputs: 1,
    num_inference_steps: request.num_inference_steps,
    guidance_scale: request.guidance_scale,
    scheduler: 'K_EULER',
    refine: 'no_refiner',
    apply_watermark: true,
    ...(request.reference && { image: dataUrl(request.reference) }),
    ...(request.reference && request.prompt_strength !== null && { prompt_strength: request.prompt_strength }),
    ...(request.lora && { replicate_weights: request.lora.weights, lora_scale: request.lora.scale }),
  };
}

function dataUrl(bytes: Buffer): string {
  return `data:${mimeType(bytes)};base64,${bytes.toString('base64')}`;
}

function mimeType(bytes: Buffer): string {
  const start = bytes.subarray(0, 12).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  throw new ProviderError('refused', 'the reference is neither PNG, JPEG nor WebP');
}
