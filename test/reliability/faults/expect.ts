// The ends that a fault may come to, to be written into a table in a word or two.
import type { FailureCode } from '../../../src/errors.ts';
import type { Expected } from './case.ts';

type More = Partial<Expected>;

/** One picture for one credit, sent for and paid once. */
export function picture(more: More = {}): Expected {
  return { state: 'succeeded', code: null, charged: 1, posts: 1, billed: 1, objects: 2, ...more };
}

/** No picture and no charge, though the provider was paid once. */
export function without(code: FailureCode, more: More = {}): Expected {
  const state = code === 'canceled' ? 'canceled' : 'failed';
  return { state, code, charged: 0, posts: 1, billed: 1, objects: 0, ...more };
}

/** No picture, no charge, and nothing paid for either. */
export function unpaid(code: FailureCode, more: More = {}): Expected {
  return without(code, { billed: 0, ...more });
}

/** Nothing was begun: no hold, no request. */
export function refused(code: string, more: More = {}): Expected {
  return { state: 'refused', code, charged: 0, posts: 0, billed: 0, objects: 0, ...more };
}
