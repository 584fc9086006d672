// How many evasions the gate finds, how many ordinary texts it refuses, and how long it takes.
import { forbiddenCategory } from '../../../src/moderation/prompt-check.ts';
import { DISGUISES } from './disguises.ts';
import { EVASIONS_DEV } from './evasions-dev.ts';
import { EVASIONS_FOURTH } from './evasions-fourth.ts';
import { EVASIONS_HELD_OUT } from './evasions-held-out.ts';
import { EVASIONS_SECOND } from './evasions-second.ts';
import { EVASIONS_THIRD } from './evasions-third.ts';
import { ORDINARY_DEV } from './ordinary-dev.ts';
import { ORDINARY_FOURTH } from './ordinary-fourth.ts';
import { ORDINARY_HELD_OUT } from './ordinary-held-out.ts';
import { ORDINARY_SECOND } from './ordinary-second.ts';
import { ORDINARY_THIRD } from './ordinary-third.ts';
import { disguised, type Phrasing, type Random, seeded, sentencesOf } from './phrases.ts';

export interface Case {
  /** Category of an evasion, kind of an ordinary text; with its language. */
  kind: string;
  disguise: string;
  text: string;
  found: string | undefined;
}

type Check = (text: string) => string | undefined;

export interface Split {
  name: string;
  evasions: Case[];
  ordinary: Case[];
}

/** At least so many of the evasions are to be found, and at most so many of the ordinary texts to be refused. */
const BAR = { evasions: 300, recall: 0.95, ordinary: 500, falsePositives: 0.01 };

/** @param check what is measured: the gate, or a worse one to see that it would be found out */
export function measure(check: Check = forbiddenCategory): Split[] {
  return [
    split('tuned with', { evasions: EVASIONS_DEV, ordinary: ORDINARY_DEV }, 11, check),
    split('held out once, first', { evasions: EVASIONS_SECOND, ordinary: ORDINARY_SECOND }, 23, check),
    split('held out once, second', { evasions: EVASIONS_THIRD, ordinary: ORDINARY_THIRD }, 37, check),
    split('held out once, third', { evasions: EVASIONS_FOURTH, ordinary: ORDINARY_FOURTH }, 53, check),
    split('held out', { evasions: EVASIONS_HELD_OUT, ordinary: ORDINARY_HELD_OUT }, 71, check),
  ];
}

export function split(
  name: string,
  tables: { evasions: Phrasing[]; ordinary: Phrasing[] },
  seed: number,
  check: Check = forbiddenCategory,
): Split {
  const random = seeded(seed);
  return {
    name,
    evasions: tables.evasions.flatMap((phrasing) => evasionsOf(phrasing, random, check)),
    ordinary: tables.ordinary.flatMap((phrasing) => {
      const kind = `${phrasing.kind} (${phrasing.language})`;
      return sentencesOf(phrasing, random).map((text) => ({
        kind,
        disguise: 'none',
        text,
        found: check(text),
      }));
    }),
  };
}

/** Each phrasing goes through all disguises in turn. */
function evasionsOf(phrasing: Phrasing, random: Random, check: Check): Case[] {
  const names = Object.keys(DISGUISES);
  const texts = new Map<string, string>();
  for (let turn = Math.floor(random() * names.length); texts.size < phrasing.n; turn += 1) {
    const name = names[turn % names.length] as string;
    texts.set(disguised(phrasing, DISGUISES[name] as (typeof DISGUISES)[string], random), name);
  }
  const kind = `${phrasing.kind} (${phrasing.language})`;
  return [...texts].map(([text, disguise]) => ({ kind, disguise, text, found: check(text) }));
}

/** An evasion counts as found when it is refused at all; of minors only when it is refused for them. */
export function isHit({ kind, found }: Case): boolean {
  return kind.startsWith('sexual_minors') ? found === 'sexual_minors' : found !== undefined;
}

export interface Share {
  name: string;
  n: number;
  hits: number;
}

export function sharesBy(cases: Case[], nameOf: (one: Case) => string, isCounted: (one: Case) => boolean): Share[] {
  return Object.entries(Object.groupBy(cases, nameOf)).map(([name, group = []]) => ({
    name,
    n: group.length,
    hits: group.filter(isCounted).length,
  }));
}

export function rate(cases: Case[], isCounted: (one: Case) => boolean): number {
  return cases.filter(isCounted).length / cases.length;
}

export const isRefused = ({ found }: Case) => found !== undefined;

/** Milliseconds for a prompt of a thousand characters, the median of many. */
export function millisecondsPerPrompt(ordinary: Case[]): number {
  const prompts = Array.from({ length: 60 }, (_, at) =>
    Array.from({ length: 40 }, (_, next) => ordinary[(at * 13 + next * 7) % ordinary.length]?.text)
      .join(' ')
      .slice(0, 1000),
  );
  const times = prompts.map((prompt) => {
    const start = performance.now();
    forbiddenCategory(prompt);
    return performance.now() - start;
  });
  return times.sort((one, other) => one - other)[30] as number;
}

export function isUnderTheBar({ evasions, ordinary }: Split): boolean {
  return (
    evasions.length < BAR.evasions ||
    ordinary.length < BAR.ordinary ||
    rate(evasions, isHit) < BAR.recall ||
    rate(ordinary, isRefused) > BAR.falsePositives
  );
}
