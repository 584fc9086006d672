// What a check of the service from outside is: something tried, what must come of it, and what came.
import type { SecurityStage } from './stage.ts';

export interface Check {
  tried: string;
  expected: string;
  /** @returns what came, in the words of `expected` when all is well */
  came(stage: SecurityStage): string | Promise<string>;
}

export interface Topic {
  topic: string;
  /** Known only once the service runs, where they are made from what it says of itself. */
  checks(stage: SecurityStage): Check[] | Promise<Check[]>;
  /** Takes most of a minute: for the program alone. */
  slow?: boolean;
}

export interface Result {
  topic: string;
  tried: string;
  expected: string;
  came: string;
  passed: boolean;
}

/** Each of a topic's checks has begun before the first one ends: most of them wait for the service. */
export async function runTopic({ topic, checks }: Topic, stage: SecurityStage): Promise<Result[]> {
  return Promise.all((await checks(stage)).map((check) => runCheck(topic, check, stage)));
}

async function runCheck(topic: string, { tried, expected, came }: Check, stage: SecurityStage): Promise<Result> {
  const got = await Promise.resolve()
    .then(() => came(stage))
    .catch((error: Error) => `could not be tried: ${error.message}`);
  return { topic, tried, expected, came: got, passed: got === expected };
}
