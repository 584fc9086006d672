// Puts the parts of training together: the requests, the view of them, the worker, and what a webhook wakes.
import type { Logger } from 'pino';
import type { Profiles } from '../characters/profiles.ts';
import type { Ledger } from '../credits/ledger.ts';
import type { Db } from '../database/open.ts';
import { findTraining, trainingQueue } from '../database/trainings.ts';
import type { Endings } from '../generation/endings.ts';
import type { Engine } from '../generation/request.ts';
import type { Trainer } from '../providers/trainer.ts';
import type { Breaker } from '../queue/breaker.ts';
import { createWakeUp } from '../queue/wake-up.ts';
import type { Storage } from '../storage/storage.ts';
import { TrainingEndings } from './endings.ts';
import { type TrainingLimits, TrainingRequests } from './request.ts';
import { Trainings } from './trainings.ts';
import { TrainingWorker } from './worker.ts';

export interface TrainingOptions {
  db: Db;
  ledger: Ledger;
  storage: Storage;
  profiles: Profiles;
  /** Of the pictures that are made for a training. */
  pictureEndings: Endings;
  engine: Engine;
  breaker: Breaker;
  log: Logger;
  trainer: Trainer | null;
  limits: TrainingLimits;
  /** The forum's public origin; weights on the disk are loaded from there. */
  publicUrl: string | undefined;
}

export function createTraining({ publicUrl, pictureEndings, ...parts }: TrainingOptions) {
  const { db, log, storage, profiles, engine } = parts;
  const weightsUrl = (key: string) => absolute(storage.publicUrl(key), publicUrl);
  const endings = new TrainingEndings({ ...parts, weightsUrl });
  const worker = new TrainingWorker({ ...parts, endings });
  const wake = () => worker.wake();
  const wakeAll = () => {
    wake();
    engine.wake();
  };
  return {
    worker,
    endings,
    wakeUp: createWakeUp({ db, log, queue: trainingQueue, find: findTraining, wake }),
    trainings: new Trainings({ db, profiles, endings, pictureEndings, weightsUrl, wake: wakeAll }),
    trainingRequests: new TrainingRequests({ ...parts, wake }),
  };
}

/** Without a public address a path stays one: nobody loads weights then but ourselves. */
function absolute(address: string, publicUrl: string | undefined): string {
  return address.startsWith('/') && publicUrl ? `${publicUrl}${address}` : address;
}
