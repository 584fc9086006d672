// What a webhook about a training does: it is looked at now. What is true is read from the provider.
import type { Logger } from 'pino';
import type { Db } from '../database/open.ts';
import { findTraining, wakeTraining } from '../database/trainings.ts';
import type { WakeUpCall } from '../generation/wake-up.ts';

/** @returns what answers whether the call is about a training */
export function createTrainingWakeUp({ db, log, wake }: { db: Db; log: Logger; wake: () => void }) {
  return async (call: WakeUpCall): Promise<boolean> => {
    const woken = await wakeTraining(db, call);
    if (woken) wake();
    const row = woken ? undefined : await findTraining(db, call.id);
    if (row && row.nonce !== call.nonce) {
      const about = { training: row.id, upstream: call.predictionId };
      log.error(about, 'a training that was taken for lost has arrived after all: it may be billed twice');
    }
    return woken || row !== undefined;
  };
}
