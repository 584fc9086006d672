// What was made, charged and paid in a time, by user, game or day, with their names.
import type { Usage } from '../contract.ts';
import type { Db } from '../database/open.ts';
import { type UsageKey, type UsageRow, usageBy } from '../database/usage.ts';
import type { Forum } from '../forum/forum.ts';

export interface UsageQuery {
  by: UsageKey;
  /** As ISO times; `before` is no part of it. */
  from: string;
  before: string;
  offset: number;
  limit: number;
}

export class UsageReports {
  readonly #db: Db;
  readonly #forum: Forum;

  constructor(parts: { db: Db; forum: Forum }) {
    this.#db = parts.db;
    this.#forum = parts.forum;
  }

  async report({
    by,
    from,
    before,
    offset,
    limit,
  }: UsageQuery): Promise<Omit<Usage, 'next_cursor'> & { more: boolean }> {
    const rows = await usageBy(this.#db, by, { from, before });
    const shown = rows.slice(offset, offset + limit);
    const items = shown.map(async (row) => ({ ...row, name: await this.#nameOf(by, row.key) }));
    const more = offset + limit < rows.length;
    return { from, to: before, totals: totalsOf(rows), items: await Promise.all(items), more };
  }

  async #nameOf(by: UsageKey, key: number | string): Promise<string | null> {
    if (by === 'user') return (await this.#forum.user(Number(key)))?.username ?? null;
    if (by === 'game') return (await this.#forum.game(Number(key)))?.name ?? null;
    return null;
  }
}

function totalsOf(rows: UsageRow[]): Usage['totals'] {
  const sum = (name: keyof Usage['totals']) => rows.reduce((total, row) => total + row[name], 0);
  return {
    pictures: sum('pictures'),
    failed: sum('failed'),
    canceled: sum('canceled'),
    trainings: sum('trainings'),
    credits: sum('credits'),
    cost_usd: Math.round(sum('cost_usd') * 1e6) / 1e6,
  };
}
