// The auditor on what is kept of erased users: it can no longer tell what was asked for, but still who was billed twice.
import { expect, test } from 'vitest';
import type { BillLine, GenerationRow, Rows } from '../reliability/audit/evidence.ts';
import { auditBill, auditCredits } from '../reliability/audit/money.ts';

const BLANK = {
  status: 'canceled',
  error_code: 'canceled',
  recipe: '{}',
  user_id: 0,
  submitted_at: '2026-01-01T00:00:00.000Z',
};
const row = (id: string, more: Partial<GenerationRow> = {}) => ({
  ...BLANK,
  id,
  prediction_id: null,
  credits: 1,
  ...more,
});
const line = (id: string): BillLine => ({ id, status: 'succeeded', input: { prompt: `of ${id}`, seed: 1 } });
const rows = (...generations: object[]) => ({ generations }) as unknown as Rows;
const bill = (all: Rows, ...ids: string[]) =>
  [...auditBill(all, ids.map(line))].map((violation) => violation.slice(0, 2));

test('what an erased request holds, or lost the answer of, is accounted for', () => {
  expect(bill(rows(row('a', { prediction_id: 'p' }), row('b')), 'p', 'q')).toEqual([]);
});

test('more lines than requests are billed twice, or paid and lost', () => {
  expect(bill(rows(row('a', { prediction_id: 'p' })), 'p', 'q')).toEqual(['I6', 'I1']);
  expect(bill(rows(row('a')), 'p', 'q')).toEqual(['I6', 'I1']);
  expect(bill(rows(row('a', { submitted_at: null })), 'p')).toEqual(['I6', 'I1']);
  const both = [row('a', { prediction_id: 'p' }), row('b', { prediction_id: 'p' })];
  expect(bill(rows(...both), 'p')).toEqual(['I6']);
});

test('the sums of one who is being erased and of nobody are one sum, until the end', () => {
  const accounts = [{ user_id: 7, balance: 9, held: 0 }];
  const entry = (id: number, user_id: number, amount: number) => ({
    id,
    user_id,
    generation_id: null,
    kind: 'grant',
    amount,
    held: 0,
  });
  const entries = [entry(1, 7, 10), entry(2, 0, -1)];
  const about = (finished_at: string | null) =>
    [
      ...auditCredits({
        generations: [],
        trainings: [],
        entries,
        accounts,
        erasures: [{ user_id: 7, finished_at }],
      } as unknown as Rows),
    ].length;
  expect(about(null)).toBe(0);
  expect(about('2026-01-01T00:00:00.000Z')).toBeGreaterThan(0);
});
