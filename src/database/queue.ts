// What tables that are worked off have in common: when the next row is due, who holds a row, and what wakes or stops it.
import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from './open.ts';
import type { Queued } from './tables/queue.ts';

type Table = 'image_generations' | 'image_lora_trainings';
type Hint = 'hinted_prediction_id' | 'hinted_training_id';

export interface QueueShape {
  table: Table;
  /** Written out, not bound: only by the very words of the partial index does SQLite see that it may use it. */
  isUnfinished: RawBuilder<SqlBool>;
  /** The states of a row whose request is, or may be, at the provider. */
  underWay: readonly string[];
  /** The column of what a webhook has named while the answer to the request is looked for. */
  hint: Hint;
}

/** What a move sets out from. Whoever holds the row by now, or another state of it, forbids the move. */
export interface From<Status extends string> {
  id: string;
  status: Status;
  /** The lease that the caller works under; null for a request, which may only move what no worker holds. */
  owner: string | null;
  /** The row's run_at_ms when the caller took it: one that differs by now is a wake-up that came meanwhile, and is not put off. */
  dueAt?: number;
}

/** What a webhook tells. */
export interface Call {
  /** The row's. */
  id: string;
  /** Of the try that the call is about. */
  nonce: string;
  predictionId: string | null;
}

export class Queue {
  readonly #table: Table;
  readonly #isUnfinished: RawBuilder<SqlBool>;
  readonly #underWay: readonly string[];
  readonly #hint: Hint;

  constructor({ table, isUnfinished, underWay, hint }: QueueShape) {
    this.#table = table;
    this.#isUnfinished = isUnfinished;
    this.#underWay = underWay;
    this.#hint = hint;
  }

  /** When the next row wants attention, ms; null when none waits. Only reads: an idle service writes nothing. */
  async nextDue(db: Db): Promise<number | null> {
    const row = await rowsOf(db)
      .selectFrom(this.#table)
      .select(sql<number | null>`min(max(run_at_ms, lease_until_ms))`.as('at'))
      .where(this.#isUnfinished)
      .executeTakeFirst();
    return row?.at ?? null;
  }

  /** Only of the rows named: one whose step has failed must run out, or it would never be taken up again. */
  async extendLeases(db: Db, owner: string, ids: readonly string[], leaseMs: number): Promise<void> {
    const now = Date.now();
    await rowsOf(db)
      .updateTable(this.#table)
      .set({ lease_until_ms: now + leaseMs })
      .where('id', 'in', ids)
      .where(this.#isUnfinished)
      .where('lease_owner', '=', owner)
      .where('lease_until_ms', '>=', now)
      .execute();
  }

  /** Lets go of all that the owner holds. */
  async releaseLeases(db: Db, owner: string): Promise<void> {
    await rowsOf(db)
      .updateTable(this.#table)
      .set({ lease_owner: null, lease_until_ms: 0 })
      .where(this.#isUnfinished)
      .where('lease_owner', '=', owner)
      .execute();
  }

  /** Asks whoever works on it to stop; takes no part in the lease. */
  async flagCancel(db: Db, id: string): Promise<void> {
    await rowsOf(db)
      .updateTable(this.#table)
      .set({ cancel_requested: 1, run_at_ms: Date.now() })
      .where('id', '=', id)
      .where(this.#isUnfinished)
      .execute();
  }

  /**
   * Makes a row that waits for its provider due now, and no more than that: what is true is read from the provider. Takes no part
   * in the lease.
   * @param call.predictionId kept as a hint for the search while the row does not know its own
   * @returns whether there is such a row
   */
  async wake(db: Db, call: Call): Promise<boolean> {
    const hint = sql<string | null>`case status when 'submitting' then ${call.predictionId} end`;
    const woken = await rowsOf(db)
      .updateTable(this.#table)
      .set('run_at_ms', Date.now())
      .set(this.#hint, sql<string | null>`coalesce(${sql.ref(this.#hint)}, ${hint})`)
      .where('id', '=', call.id)
      .where('nonce', '=', call.nonce)
      .where('status', 'in', this.#underWay)
      .executeTakeFirst();
    return woken.numUpdatedRows > 0n;
  }
}

/** Of a row that a move sets out from. */
export function stillStands({ id, status, owner }: From<string>) {
  const isHeld = owner === null ? sql`lease_until_ms < ${Date.now()}` : sql`lease_owner = ${owner}`;
  return sql<SqlBool>`id = ${id} and status = ${status} and ${isHeld}`;
}

/** When a moved row is due. @param next left out: as it was */
export function dueAfter(dueAt: number | undefined, next: number | Expression<number> = sql<number>`run_at_ms`) {
  return dueAt === undefined ? next : sql<number>`case run_at_ms when ${dueAt} then ${next} else run_at_ms end`;
}

/** Of any queue, by what they have in common. */
function rowsOf(db: Db) {
  return db as unknown as Kysely<Record<Table, Queued<string> & Record<Hint, string | null>>>;
}
