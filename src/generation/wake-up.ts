// What a webhook does: the generation it is about is looked at now. What is true is read from the provider.
import type { Logger } from 'pino';
import { findGeneration, wakeGeneration } from '../database/generations.ts';
import type { Db } from '../database/open.ts';

export interface WakeUpCall {
  /** The generation's. */
  id: string;
  /** Of the try that the call is about. */
  nonce: string;
  predictionId: string | null;
}

export function createWakeUp({ db, log, wake }: { db: Db; log: Logger; wake: () => void }) {
  return async (call: WakeUpCall): Promise<void> => {
    if (await wakeGeneration(db, call)) return wake();
    const row = await findGeneration(db, call.id);
    // Its absence was proven before another try was made. Nothing is mended by code here: somebody has to see the bill.
    if (row && row.nonce !== call.nonce) {
      const about = { generation: row.id, prediction: call.predictionId };
      log.error(about, 'a request that was taken for lost has arrived after all: it may be billed twice');
    }
  };
}
