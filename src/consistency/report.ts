// What a comparison has found, as it is kept beside its page; and the figures that are made of its scores.
import { z } from 'zod';
import { STRATEGIES } from '../contract.ts';

const Strategy = z.enum(STRATEGIES);
const Score = z.number().min(0).max(1);

export const ComparedPicture = z.object({
  scene: z.int().describe('Its place in scenes'),
  strategy: Strategy,
  generation_id: z.string().nullable().describe('Null when it was refused before anything was made'),
  error: z.string().nullable(),
  score: Score.nullable(),
  /** Why there is no score. */
  score_reason: z.string().nullable(),
  seconds: z.number().nullable().describe('From the request to the stored picture'),
  credits: z.int(),
  cost_usd: z.number().nullable(),
  recipe: z.record(z.string(), z.unknown()).nullable(),
});

export const StrategyFigures = z.object({
  strategy: Strategy,
  pictures: z.int(),
  failed: z.int(),
  mean: Score.nullable(),
  lowest: Score.nullable(),
  above_baseline: Score.nullable().describe('Of all pairs with a picture of another character, how many it wins'),
  mean_seconds: z.number().nullable(),
  credits: z.int(),
  cost_usd: z.number(),
});

export const Report = z.object({
  created_at: z.iso.datetime(),
  character: z.object({ id: z.int(), name: z.string(), game_id: z.int(), reference_revision: z.int() }),
  paid_by: z.object({ id: z.int(), username: z.string() }),
  provider: z.string(),
  model: z.string(),
  seed: z.int(),
  measure: z.string(),
  scenes: z.array(z.string()),
  strategies: z.array(StrategyFigures),
  left_out: z.array(z.object({ strategy: Strategy, reason: z.string() })),
  /** Scores of other characters' pictures against the same reference. */
  baseline: z.array(Score),
  pictures: z.array(ComparedPicture),
});

export type ComparedPicture = z.output<typeof ComparedPicture>;
export type StrategyFigures = z.output<typeof StrategyFigures>;
export type Report = z.output<typeof Report>;

export function figuresOf(
  strategy: StrategyFigures['strategy'],
  all: ComparedPicture[],
  baseline: number[],
): StrategyFigures {
  const pictures = all.filter((picture) => picture.strategy === strategy);
  const scores = numbers(pictures.map(({ score }) => score));
  return {
    strategy,
    pictures: pictures.length,
    failed: pictures.filter(({ error }) => error !== null).length,
    mean: mean(scores),
    lowest: scores.length > 0 ? Math.min(...scores) : null,
    above_baseline: shareAbove(scores, baseline),
    mean_seconds: mean(numbers(pictures.map(({ seconds }) => seconds))),
    credits: sum(pictures.map(({ credits }) => credits)),
    cost_usd: sum(numbers(pictures.map(({ cost_usd }) => cost_usd))),
  };
}

/** How often a score of the first is above one of the second, over all pairs; a tie is half. */
export function shareAbove(scores: number[], others: number[]): number | null {
  if (scores.length === 0 || others.length === 0) return null;
  const wins = scores.flatMap((score) => others.map((other) => (score > other ? 1 : score === other ? 0.5 : 0)));
  return sum(wins) / wins.length;
}

export function mean(values: number[]): number | null {
  return values.length > 0 ? sum(values) / values.length : null;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function numbers(values: (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
