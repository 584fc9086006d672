// Several processes at one ledger, let go at the same moment: who gets what, and what the books say afterwards.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { Ledger } from '../../../src/credits/ledger.ts';
import { FORUM_TABLES } from '../../../src/database/forum-queries.ts';
import { migrate } from '../../../src/database/migrate.ts';
import { type OpenDatabase, openBeside } from '../../../src/database/open.ts';
import { createForumFile, ELINA, type ForumFile } from '../../support/forum-file.ts';
import type { Act, Spent } from './contestant.ts';

export const PROCESSES = 4;
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const CONTESTANT = fileURLToPath(new URL('./contestant.ts', import.meta.url));

export interface ArenaOptions {
  credits: number;
  journalMode?: 'wal' | 'delete';
  /** Another than the program's own: a copy of it with a bug. */
  root?: string;
  ledger?: 'sound' | 'naive';
  /** What the database would still refuse. */
  without?: 'image_credit_one_resolution';
}

export interface Contest {
  granted: number;
  refused: number;
  errors: string[];
  /** What the books say: entries of holds, and whatever does not add up. */
  holds: number;
  faults: string[];
}

export class Arena implements AsyncDisposable {
  readonly #forum: ForumFile;
  readonly #host: BetterSqlite3.Database;
  readonly #opened: OpenDatabase;
  readonly #ledger: Ledger;
  readonly #children: ChildProcess[];

  private constructor(forum: ForumFile, host: BetterSqlite3.Database, children: ChildProcess[], credits: number) {
    this.#forum = forum;
    this.#host = host;
    this.#opened = openBeside(host);
    this.#ledger = new Ledger(this.#opened.db, { creditsPerMonth: credits });
    this.#children = children;
  }

  /** Resolves when all stand at the barrier. */
  static async open({ credits, journalMode, root = PROJECT, ledger = 'sound', without }: ArenaOptions): Promise<Arena> {
    const forum = createForumFile({ journalMode });
    const host = new BetterSqlite3(forum.path);
    await migrate(host, FORUM_TABLES);
    if (without) host.exec(`DROP INDEX ${without}`);
    const args = [forum.path, root, ledger, String(credits)];
    const children = Array.from({ length: PROCESSES }, () => fork(CONTESTANT, args, { execArgv: [] }));
    const arena = new Arena(forum, host, children, credits);
    await Promise.all(children.map((child) => answerOf(child)));
    await arena.#ledger.statement(ELINA); // the allowance is there before anybody asks
    return arena;
  }

  /** All spend one credit at a time until they have tried so often, together. */
  async spend(tries: number): Promise<Contest> {
    const spent = (await this.#all(() => ({ act: 'spend', tries: tries / PROCESSES }))) as Spent[];
    const sum = (pick: (one: Spent) => number) => spent.reduce((total, one) => total + pick(one), 0);
    return {
      granted: sum(({ granted }) => granted),
      refused: sum(({ refused }) => refused),
      errors: spent.flatMap(({ error }) => error ?? []),
      holds: this.#count("SELECT count(*) FROM image_credit_entries WHERE kind = 'hold'"),
      faults: this.#bookFaults(),
    };
  }

  /** One hold, and everybody wants to end it in another way. @returns what is wrong then */
  async race(round: number, acts: Act[], withRow: boolean): Promise<string[]> {
    const id = `round-${round}`;
    await this.#opened.db
      .transaction()
      .execute((trx) => this.#ledger.hold(trx, ELINA, [{ generationId: id, credits: 1 }]));
    if (withRow) this.#insertStoring(id);
    // Each in turn is told first.
    const told = (index: number) => acts[(index + round) % acts.length] as Act;
    const errors = (await this.#all((index) => ({ act: told(index), id }))) as (string | null)[];
    const kinds = this.#host
      .prepare("SELECT kind FROM image_credit_entries WHERE generation_id = ? AND kind IN ('settle', 'void')")
      .pluck()
      .all(id) as string[];
    const status = this.#host.prepare('SELECT status FROM image_generations WHERE id = ?').pluck().get(id);
    const faults = errors.filter((error) => error !== null);
    if (kinds.length !== 1) faults.push(`${id}: ended ${kinds.length} times`);
    if (withRow && (status === 'storing' || kinds[0] !== (status === 'succeeded' ? 'settle' : 'void'))) {
      faults.push(`${id}: ${status} with ${kinds}`);
    }
    return [...faults, ...this.#bookFaults()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#children.map((child) => (child.exitCode === null ? once(child, 'exit') : null));
    for (const child of this.#children) child.disconnect();
    await Promise.all(ended);
    await this.#opened.db.destroy();
    this.#host.close();
    this.#forum.remove();
  }

  /** Tells all at once, and waits for all. */
  async #all(orderFor: (index: number) => object): Promise<unknown[]> {
    const answers = this.#children.map(answerOf);
    this.#children.forEach((child, index) => void child.send(orderFor(index)));
    return Promise.all(answers);
  }

  #insertStoring(id: string): void {
    const now = new Date().toISOString();
    this.#host
      .prepare(
        `INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status,
           nonce, image_key, thumbnail_key, credits, run_at_ms, lease_owner, created_at, updated_at)
         VALUES (@id, 'draft', ${ELINA}, 1, 'scene', '[]', '', '', '{}', 'storing',
           @id, @id || 'i', @id || 't', 1, 0, 'w', @now, @now)`,
      )
      .run({ id, now });
  }

  #bookFaults(): string[] {
    const wrong = this.#host
      .prepare(
        `SELECT balance, a.held, sum(e.amount) AS amounts, sum(e.held) AS helds
         FROM image_credit_accounts a JOIN image_credit_entries e USING (user_id)
         GROUP BY user_id HAVING balance <> amounts OR a.held <> helds OR balance < a.held`,
      )
      .all();
    return wrong.map((row) => `the books: ${JSON.stringify(row)}`);
  }

  #count(sql: string): number {
    return this.#host.prepare(sql).pluck().get() as number;
  }
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const done = new AbortController();
  const { signal } = done;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => (message as { answer: unknown }).answer),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a process of the arena ended with ${code}`);
      }),
    ]);
  } finally {
    done.abort();
  }
}
