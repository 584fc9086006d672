// What a program says when it cannot start.
import { ConfigError } from './config.ts';
import { IncompatibleDatabaseError } from './database/adopt.ts';
import { DatabaseTrapError } from './database/one-library.ts';

/** What an operator can mend is told in a sentence; our own faults keep their stack. */
export function explain(error: unknown): string {
  const mendable =
    error instanceof ConfigError || error instanceof DatabaseTrapError || error instanceof IncompatibleDatabaseError;
  if (mendable) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `The port is in use: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
