// Writes with a language model on Replicate: one paid request, whose end is waited for and never asked for twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ReplicateConfig } from '../config.ts';
import { ProviderError } from './provider.ts';
import { type Api, ask, create, DEADLINES } from './replicate-api.ts';
import { Answer } from './replicate-prediction.ts';
import type { Writer, WriterPrompt } from './writer.ts';

/** Milliseconds. Tests shorten them; nothing else does. */
export const WRITER_DEADLINES = { submitMs: 15_000, totalMs: 20_000, pollMs: 500 };
export type WriterDeadlines = typeof WRITER_DEADLINES;

/** Forty words of English are some 60; the rest is for a model that says more than it was asked for. */
const MAX_OUTPUT_TOKENS = 300;
/** What is sent has at most 6,000 letters; Finnish takes up to one token for two of them. */
const MAX_INPUT_TOKENS = 3_500;

/** US dollars per million tokens, in and out, as replicate.com names them for its official models. */
const TOKEN_PRICES: Record<string, [input: number, output: number]> = {
  'meta/meta-llama-3-8b-instruct': [0.05, 0.25],
  'meta/meta-llama-3-70b-instruct': [0.65, 2.75],
  'meta/meta-llama-3.1-405b-instruct': [9.5, 9.5],
};
/** For every other model: by the second, on the dearest hardware that one of them is likely to run on (an Nvidia H100). */
const USD_PER_SECOND = 0.001525;

const WriterAnswer = Answer.extend({
  metrics: z
    .object({
      predict_time: z.number().nonnegative().optional().catch(undefined),
      input_token_count: z.int().nonnegative().optional().catch(undefined),
      output_token_count: z.int().nonnegative().optional().catch(undefined),
    })
    .nullish()
    .catch(null),
});
type WriterAnswer = z.output<typeof WriterAnswer>;

const FINAL: readonly string[] = ['succeeded', 'failed', 'canceled', 'aborted'];

/** @param model `owner/name` of an official model, or `owner/name:version`; takes prompt, system_prompt and max_tokens */
export function createReplicateWriter(
  config: ReplicateConfig,
  model: string,
  deadlines: WriterDeadlines = WRITER_DEADLINES,
): Writer {
  const api: Api = { config, deadlines: { ...DEADLINES, submitMs: deadlines.submitMs } };
  const price = TOKEN_PRICES[model];
  return {
    model,
    maxUsd: price ? tokenCost(price, MAX_INPUT_TOKENS, MAX_OUTPUT_TOKENS) : (deadlines.totalMs / 1000) * USD_PER_SECOND,
    write: async (prompt) => {
      const until = Date.now() + deadlines.totalMs;
      const answer = await ended(api, await send(api, model, prompt, deadlines), until, deadlines.pollMs);
      return { text: textOf(answer), costUsd: costOf(answer, price) };
    },
  };
}

function send(api: Api, model: string, { system, prompt }: WriterPrompt, { totalMs }: WriterDeadlines) {
  const [name, version] = model.split(':');
  const input = { system_prompt: system, prompt, max_tokens: MAX_OUTPUT_TOKENS };
  // Most answers are there with the first reply. Replicate ends by itself what nobody waits for any more; no sooner than after 5 s.
  const headers = { prefer: 'wait=10', 'cancel-after': `${Math.max(5, Math.ceil(totalMs / 1000))}s` };
  return version
    ? create(api, '/predictions', { version, input }, WriterAnswer, headers)
    : create(api, `/models/${name}/predictions`, { input }, WriterAnswer, headers);
}

/** A look that fails is followed by another; what was asked for is paid in any case. */
async function ended(api: Api, first: WriterAnswer, until: number, pollMs: number): Promise<WriterAnswer> {
  let answer = first;
  while (!FINAL.includes(answer.status)) {
    const left = until - Date.now();
    if (left <= 0) throw new ProviderError('unknown', `prediction ${answer.id} took too long`);
    await sleep(Math.min(pollMs, left));
    const deadlineMs = Math.max(until - Date.now(), 1);
    const look = ask(api, WriterAnswer, (client) => client.predictions.get(first.id), { deadlineMs });
    answer = await look.catch(() => answer);
  }
  return answer;
}

/** Language models answer a list of pieces, some of them one text. */
function textOf({ status, output }: WriterAnswer): string | null {
  if (status !== 'succeeded') return null;
  const pieces = Array.isArray(output) ? output : [output];
  return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : null;
}

function costOf({ metrics }: WriterAnswer, price: [number, number] | undefined): number | null {
  const { predict_time, input_token_count, output_token_count } = metrics ?? {};
  if (price && input_token_count !== undefined && output_token_count !== undefined) {
    return tokenCost(price, input_token_count, output_token_count);
  }
  return price || predict_time === undefined ? null : predict_time * USD_PER_SECOND;
}

function tokenCost([input, output]: [number, number], inputTokens: number, outputTokens: number): number {
  return (inputTokens * input + outputTokens * output) / 1_000_000;
}
