// What is said on the command line of `npm run consistency`, checked, with a sentence for whatever cannot be used.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../config.ts';
import { PictureRequest, SEED_LIMIT, STRATEGIES, type Strategy } from '../contract.ts';
import type { Wish } from './plan.ts';
import { DEFAULT_SCENES, MOST_SCENES, scenesIn } from './scenes.ts';

export const USAGE = `npm run consistency -- [--character ID] [--scenes FILE] [--strategies ${STRATEGIES.join(',')}] [--seed N] [--user ID] [--dry-run] [--yes]

  --character   whose pictures; needed unless DATABASE_PATH is unset, which makes a demo forum with a cast of its own
  --scenes      a text file with one scene in each line; ${DEFAULT_SCENES.length} scenes of ours when left out
  --strategies  all that the character can do when left out, but identity
  --seed        the character's own when left out
  --user        who pays; the character's owner when left out
  --dry-run     says what would be made and what it would cost, and makes nothing
  --yes         agrees to the price; needed when the pictures cost dollars`;

export interface Options extends Omit<Wish, 'characterId'> {
  characterId: number | null;
  dryRun: boolean;
  yes: boolean;
}

/** @throws ConfigError naming the option at fault */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parsed(args);
  if (values.help) return 'help';
  return {
    characterId: wholeNumber('--character', values.character),
    userId: wholeNumber('--user', values.user),
    seed: wholeNumber('--seed', values.seed, SEED_LIMIT),
    scenes: values.scenes === undefined ? DEFAULT_SCENES : readScenes(values.scenes),
    strategies: values.strategies === undefined ? null : strategiesOf(values.strategies),
    dryRun: values['dry-run'] ?? false,
    yes: values.yes ?? false,
  };
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const named = { character: text, scenes: text, strategies: text, seed: text, user: text };
  try {
    return parseArgs({ args, options: { ...named, 'dry-run': flag, yes: flag, help: flag } });
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

function wholeNumber(option: string, value: string | undefined, below = Number.MAX_SAFE_INTEGER): number | null {
  if (value === undefined) return null;
  if (!/^\d+$/.test(value) || Number(value) >= below) throw new ConfigError([`${option}: must be a whole number`]);
  return Number(value);
}

function strategiesOf(value: string): Strategy[] {
  const names = [...new Set(value.split(','))];
  const unknown = names.find((name) => !(STRATEGIES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new ConfigError([`--strategies: ${unknown} is none of ${STRATEGIES.join(', ')}`]);
  return names as Strategy[];
}

function readScenes(path: string): string[] {
  const scenes = scenesIn(readText(path));
  if (scenes.length === 0) throw new ConfigError([`--scenes: ${path} has no scene in it`]);
  if (scenes.length > MOST_SCENES) throw new ConfigError([`--scenes: at most ${MOST_SCENES} at a time`]);
  return scenes.map((scene, at) => {
    const { data } = PictureRequest.shape.scene.safeParse(scene);
    if (data === undefined) throw new ConfigError([`--scenes: the scene ${at + 1} is too long, or no plain text`]);
    return data;
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`--scenes: ${error instanceof Error ? error.message : error}`]);
  }
}
