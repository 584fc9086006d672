// Says in a word or two what an answer is, and whether it gives anything away that lies behind the service.
import type { Answer } from '../fuzz/wire.ts';

/** Paths, stacks, SQL, libraries and other people's sentences. */
export const INSIDE =
  /node_modules|SQLITE|\bselect .+ from\b|\.[jt]s:\d+|^\s+at |\/src\/|forum\.db|\/tmp\/|\/dev\/|Error:|Unexpected token|zod|\bkysely\b/im;

/** `status` and, of a refusal, its code. */
export function told({ status, text }: Answer): string {
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return [status, status >= 400 && code, status >= 400 && INSIDE.test(text) && 'WITH ITS INSIDE']
    .filter(Boolean)
    .join(' ');
}

/** Nothing, or the faults with commas. */
export function orNone(faults: (string | false | undefined | null)[], none = 'as it must be'): string {
  return faults.filter(Boolean).join(', ') || none;
}
