// What a webhook does: the row it is about is looked at now. What is true is read from the provider.
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import type { Call, Queue } from '../database/queue.ts';

export interface WakeUpParts {
  db: Db;
  log: Logger;
  queue: Queue;
  find: (db: Db, id: string) => Promise<{ id: string; nonce: string } | undefined>;
  wake: () => void;
}

/** @returns what answers whether the call is about a row of this queue */
export function createWakeUp({ db, log, queue, find, wake }: WakeUpParts) {
  return async (call: Call): Promise<boolean> => {
    if (await queue.wake(db, call)) {
      wake();
      return true;
    }
    const row = await find(db, call.id);
    // Its absence was proven before another try was made. Nothing is mended by code here: somebody has to see the bill.
    if (row && row.nonce !== call.nonce) {
      const about = { id: row.id, prediction: call.predictionId };
      log.error(about, 'a request that was taken for lost has arrived after all: it may be billed twice');
    }
    return row !== undefined;
  };
}
