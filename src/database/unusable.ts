// What SQLite says of a file that it cannot use, as a sentence for the operator who named the file.
import { IncompatibleDatabaseError } from './adopt.ts';

/** By SQLite's primary result code, which its extended ones begin with. */
const SENTENCES: Record<string, string> = {
  SQLITE_NOTADB: 'is not an SQLite database.',
  SQLITE_CORRUPT: 'is a damaged SQLite database: see what PRAGMA integrity_check says of it.',
  SQLITE_READONLY:
    'cannot be written: the user of this service needs write permission for the file and for its folder.',
  SQLITE_CANTOPEN: 'cannot be opened: the user of this service needs write permission for the file and for its folder.',
  SQLITE_BUSY: 'is locked: another program has held it for seconds.',
};

/** @returns the error to throw: a sentence that names the file, or the same error when it is none of the operator's */
export function asSentence(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = Object.keys(SENTENCES).find((primary) => code === primary || code.startsWith(`${primary}_`));
  return known ? new IncompatibleDatabaseError(`DATABASE_PATH: ${path} ${SENTENCES[known]}`, { cause: error }) : error;
}
