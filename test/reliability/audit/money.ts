// The auditor on money: what was billed has become something, each hold ended once, and the sums are the sums.
import type { BillLine, EntryRow, GenerationRow, Rows } from './evidence.ts';

export const UNFINISHED = ['queued', 'submitting', 'generating', 'storing'];

/** Why a picture that was paid for may not be shown to its user. Anything else was paid and lost. */
const REASONS = ['canceled', 'needs_review', 'output_rejected', 'taken_down', 'timed_out', 'storage_failed'];

/** The user of what is kept of erased ones. */
export const NOBODY = 0;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const GRACE = 2 * MINUTE;

/** What the provider was asked for; the same recipe may be asked for twice, so this names a group and no single row. */
const wish = (prompt: unknown, seed: unknown) => JSON.stringify([prompt, seed]);

function wishOf({ recipe }: GenerationRow): string {
  const { prompt, seed } = JSON.parse(recipe) as { prompt: string; seed: number };
  return wish(prompt, seed);
}

/** Its user, or one whose character is in it, was erased: what was asked for is not told any more, only what came of it. */
function isErased({ recipe }: GenerationRow): boolean {
  return !(JSON.parse(recipe) as { prompt?: string }).prompt;
}

/** I1 every billed success became a picture or has a reason; I6 no request was billed twice. */
export function* auditBill({ generations }: Rows, bill: BillLine[]): Generator<string> {
  const erased = generations.filter(isErased);
  const byWish = Map.groupBy(
    generations.filter((row) => !isErased(row)),
    wishOf,
  );
  const byPrediction = Map.groupBy(generations, ({ prediction_id }) => prediction_id);
  const ids = new Set(bill.map(({ id }) => id));
  const ofErased = new Set(erased.map(({ prediction_id }) => prediction_id));
  // Nobody knows any more which lines are those of erased requests whose answer was lost; but there are no more than these.
  let unnamed = erased.filter(
    ({ prediction_id, submitted_at }) => prediction_id === null && submitted_at !== null,
  ).length;
  const told = bill.filter(({ id }) => !ofErased.has(id));
  for (const [lineWish, lines] of Map.groupBy(told, ({ input }) => wish(input.prompt, input.seed))) {
    const asked = byWish.get(lineWish) ?? [];
    const isUnnamed = asked.length === 0 && lines.length <= unnamed;
    if (isUnnamed) unnamed -= lines.length;
    else if (lines.length > asked.length) yield `I6 ${asked[0]?.id ?? lineWish}: billed ${lines.length} times`;
    if (!isUnnamed) for (const line of lines) yield* auditLine(line, byPrediction.get(line.id) ?? [], byWish);
  }
  for (const line of bill.filter(({ id }) => ofErased.has(id))) {
    yield* auditLine(line, byPrediction.get(line.id) ?? [], byWish);
  }
  for (const { id, prediction_id, status } of generations) {
    if (prediction_id !== null && !ids.has(prediction_id)) yield `I1 ${id}: holds a prediction that was never billed`;
    if (status === 'succeeded' && prediction_id === null) yield `I1 ${id}: succeeded without a prediction`;
  }
}

function* auditLine(line: BillLine, owners: GenerationRow[], byWish: Map<string, GenerationRow[]>): Generator<string> {
  const lineWish = wish(line.input.prompt, line.input.seed);
  if (owners.length > 1) yield `I6 ${line.id}: held by ${owners.length} generations`;
  for (const owner of owners) {
    if (!isErased(owner) && wishOf(owner) !== lineWish) yield `I1 ${owner.id}: holds the prediction of another request`;
  }
  if (line.status !== 'succeeded' || line.unusable) return;
  const answers = owners.length > 0 ? owners : (byWish.get(lineWish) ?? []).filter((row) => row.prediction_id === null);
  if (answers.some(isAccountedFor)) return;
  const [lost] = answers;
  yield `I1 ${lost?.id ?? line.id}: paid and lost (${lost?.error_code ?? lost?.status ?? 'no generation'})`;
}

function isAccountedFor({ status, error_code, prediction_id }: GenerationRow): boolean {
  // Before "submitting" nothing may have been sent.
  if (status === 'queued') return false;
  if (UNFINISHED.includes(status)) return status === 'submitting' || prediction_id !== null;
  return status === 'succeeded' ? prediction_id !== null : REASONS.includes(error_code ?? '');
}

/**
 * I2 nothing is begun once the day's money is spent. Who asked within a second of that may have been let in before.
 * @param budget US dollars for a day (UTC)
 */
export function* auditBudget({ generations }: Rows, budget: number): Generator<string> {
  const paid = generations.filter(({ cost_usd, finished_at }) => cost_usd !== null && finished_at !== null);
  const byEnd = paid.toSorted((a, b) => Date.parse(a.finished_at ?? '') - Date.parse(b.finished_at ?? ''));
  for (const [day, rows] of Map.groupBy(byEnd, ({ finished_at }) => (finished_at ?? '').slice(0, 10))) {
    let spent = 0;
    const last = rows.find(({ cost_usd }) => {
      spent += cost_usd ?? 0;
      return spent >= budget;
    });
    const over = last ? Date.parse(last.finished_at ?? '') + SECOND : Number.POSITIVE_INFINITY;
    const late = generations.filter(({ created_at }) => created_at.startsWith(day) && Date.parse(created_at) > over);
    for (const { id } of late) yield `I2 ${id}: begun though the money of ${day} was spent`;
  }
}

/** I2 one hold for each generation, one end for each hold, and accounts that are the sums of their entries. */
export function* auditCredits({ generations, trainings, entries, accounts, erasures }: Rows): Generator<string> {
  const byGeneration = Map.groupBy(entries, ({ generation_id }) => generation_id);
  for (const row of generations) yield* auditHold(row, byGeneration.get(row.id) ?? []);
  const known = new Set([...generations, ...trainings].map(({ id }) => id));
  for (const { id, generation_id } of entries) {
    if (generation_id !== null && !known.has(generation_id)) yield `I2 entry ${id}: of no generation`;
  }
  // What is of somebody who is being erased becomes nobody's in several commits, so until the end these are one.
  const leaving = new Set(erasures.filter(({ finished_at }) => finished_at === null).map(({ user_id }) => user_id));
  const owner = ({ user_id }: { user_id: number }) => (leaving.has(user_id) ? NOBODY : user_id);
  const byUser = Map.groupBy(entries, owner);
  const accountsOf = Map.groupBy(accounts, owner);
  for (const user of new Set([...byUser.keys(), ...accountsOf.keys()])) {
    const own = accountsOf.get(user) ?? [];
    const sum = (of: 'balance' | 'held') => own.reduce((total, account) => total + account[of], 0);
    yield* auditAccount(user, { balance: sum('balance'), held: sum('held') }, byUser.get(user) ?? []);
  }
}

function* auditHold(row: GenerationRow, entries: EntryRow[]): Generator<string> {
  const of = (...kinds: string[]) => entries.filter(({ kind }) => kinds.includes(kind));
  const [hold, ...more] = of('hold');
  if (!hold || more.length > 0) return yield `I2 ${row.id}: ${of('hold').length} holds`;
  if (hold.held !== row.credits || hold.amount !== 0) yield `I2 ${row.id}: the hold is not its price`;
  const ends = of('settle', 'void');
  const expected = UNFINISHED.includes(row.status) ? [] : [row.status === 'succeeded' ? 'settle' : 'void'];
  const found = ends.map(({ kind }) => kind);
  if (found.join() !== expected.join())
    yield `I2 ${row.id}: is ${row.status}, and its hold has ended by [${found.join()}]`;
  for (const { kind, amount, held } of ends) {
    const charged = kind === 'settle' ? -hold.held : 0;
    if (amount !== charged || held !== -hold.held) yield `I2 ${row.id}: ${kind} of another sum than was held`;
  }
  if (entries.some(({ user_id }) => user_id !== row.user_id)) yield `I2 ${row.id}: booked on a stranger`;
}

function* auditAccount(
  user: number,
  { balance, held }: { balance: number; held: number },
  entries: EntryRow[],
): Generator<string> {
  const sum = (of: 'amount' | 'held') => entries.reduce((total, entry) => total + entry[of], 0);
  if (sum('amount') !== balance) yield `I2 user ${user}: balance ${balance}, entries ${sum('amount')}`;
  if (sum('held') !== held) yield `I2 user ${user}: held ${held}, open holds ${sum('held')}`;
  if (held < 0 || balance - held < 0) yield `I2 user ${user}: overdrawn`;
}

/** I5 nothing waits for ever; and what has ended is in nobody's hand. */
export function* auditDeadlines(
  { generations, spool }: Rows,
  about: { now: number; timeoutMs: number; settled: boolean },
): Generator<string> {
  const patience: Record<string, number> = {
    queued: DAY,
    // A lost answer is looked for during ten minutes, from the second try on anew.
    submitting: 20 * MINUTE,
    generating: about.timeoutMs,
    storing: DAY,
  };
  for (const { id, status, submitted_at, created_at, finished_at, lease_owner } of generations) {
    const deadline = Date.parse(submitted_at ?? created_at) + (patience[status] ?? 0) + GRACE;
    const unfinished = UNFINISHED.includes(status);
    if (unfinished && (about.settled || deadline < about.now)) yield `I5 ${id}: still ${status}`;
    if (unfinished !== (finished_at === null)) yield `I5 ${id}: ${status}, finished at ${finished_at}`;
    if (!unfinished && lease_owner !== null) yield `I5 ${id}: ended and still leased`;
  }
  const open = new Set(generations.filter(({ status }) => UNFINISHED.includes(status)).map(({ id }) => id));
  for (const { generation_id } of spool) {
    if (!open.has(generation_id)) yield `I5 ${generation_id}: ended, and its bytes are still spooled`;
  }
}

/** A key that was answered once leads to generations that are there. */
export function* auditIdempotency({ generations, idempotency }: Rows): Generator<string> {
  const known = new Set(generations.map(({ id }) => id));
  for (const { key, generation_ids } of idempotency) {
    for (const id of JSON.parse(generation_ids) as string[]) {
      if (!known.has(id)) yield `I2 key ${key}: answered with ${id}, which is not there`;
    }
  }
}
