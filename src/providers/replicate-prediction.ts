// What Replicate says of a prediction, in whatever shape, becomes our Prediction.
import { z } from 'zod';
import type { Price } from './catalogue.ts';
import type { Model } from './models.ts';
import type { Prediction, PredictionStatus } from './provider.ts';

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

/** The model's own version stands in when the answer names none. */
export function toPrediction(answer: z.output<typeof Answer>, { name, version, price }: Model): Prediction {
  const outputs = answer.data_removed ? [] : outputsOf(answer.output);
  const predictSeconds = answer.metrics?.predict_time ?? null;
  return {
    id: answer.id,
    status: statusOf(answer),
    progress: progressOf(answer.logs ?? ''),
    outputs,
    failure: answer.status === 'failed' ? failureOf(answer.error) : null,
    modelVersion: answer.version ?? version ?? name,
    predictSeconds,
    costUsd: price && costOf(price, predictSeconds, answer.status === 'succeeded' ? outputs.length : 0),
  };
}

/** Null as long as there is nothing to pay, as far as is known. */
function costOf({ usd, per }: Price, seconds: number | null, pictures: number): number | null {
  if (per === 'second') return seconds === null ? null : seconds * usd;
  return pictures > 0 ? pictures * usd : null;
}

export function statusOf({ status }: z.output<typeof Answer>): PredictionStatus {
  return STATUSES.includes(status) ? (status as PredictionStatus) : 'unknown';
}

/** A list of addresses or a single one, whatever the model usually answers. */
function outputsOf(output: unknown): string[] {
  const list = Array.isArray(output) ? output : [output];
  return list.filter((entry) => typeof entry === 'string' && entry !== '');
}

/** SDXL's own safety checker, and that of the official models. */
const REJECTED = /NSFW content detected|flagged as sensitive/i;

function failureOf(error: unknown): Prediction['failure'] {
  const message = failureText(error);
  return { rejected: REJECTED.test(message), message };
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
