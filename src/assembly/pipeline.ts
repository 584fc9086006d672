// Everything between the doors and the outside, wired together: the rules, the pipeline, and the loops that keep it going.
import type { Logger } from 'pino';
import { countedProvider } from '../admin/counted-provider.ts';
import { Metrics } from '../admin/metrics.ts';
import { Profiles } from '../characters/profiles.ts';
import { References } from '../characters/references.ts';
import type { Config } from '../config.ts';
import { Reports } from '../consistency/reports.ts';
import { Ledger } from '../credits/ledger.ts';
import { Spending } from '../credits/spending.ts';
import { findGeneration, generationQueue } from '../database/generations.ts';
import type { OpenDatabase } from '../database/open.ts';
import type { Call } from '../database/queue.ts';
import type { Forum } from '../forum/forum.ts';
import { Endings } from '../generation/endings.ts';
import { GenerationEvents } from '../generation/events.ts';
import { Gates } from '../generation/gates.ts';
import { freeBytesAt, Intake } from '../generation/intake.ts';
import { OrphanSweep } from '../generation/orphan-sweep.ts';
import { Pace } from '../generation/pace.ts';
import { type Engine, Requests } from '../generation/request.ts';
import { Sweep } from '../generation/sweep.ts';
import { Worker } from '../generation/worker.ts';
import type { Signer } from '../imaging/index.ts';
import { Quarantine } from '../moderation/quarantine.ts';
import { ErasureWorker } from '../privacy/worker.ts';
import type { Provider } from '../providers/provider.ts';
import { Breaker } from '../queue/breaker.ts';
import { createWakeUp } from '../queue/wake-up.ts';
import type { Storage } from '../storage/storage.ts';
import { createTraining } from '../training/training.ts';
import { createJudges } from './configured.ts';

/** What the settings say or a host has brought. */
export interface Outside {
  config: Config;
  log: Logger;
  opened: OpenDatabase;
  forum: Forum;
  /** Whether the forum's table of users is the one that we know. */
  isOwnForum: boolean;
  storage: Storage;
  provider: Provider;
  signer: Signer | undefined;
  /** Aborted when the service stops. */
  closing: AbortSignal;
}

export type Pipeline = ReturnType<typeof createPipeline>;

export function createPipeline(outside: Outside) {
  const { config, log, opened, storage, closing } = outside;
  const { db } = opened;
  const { dailyBudgetUsd, generationTimeoutS, maxInFlight, rateLimitPerMinute } = config.limits;
  const breaker = new Breaker();
  const metrics = new Metrics({ db, breaker, dailyBudgetUsd });
  const provider = countedProvider(outside.provider, (call, outcome) => metrics.called(call, outcome));
  const events = new GenerationEvents();
  events.onEnded((outcome) => metrics.ended(outcome));
  const ledger = new Ledger(db, config.limits);
  const spending = new Spending({ db, provider, dailyBudgetUsd, rateLimitPerMinute });
  const sweep = new Sweep({ db, storage, ledger, log });
  const deleteFiles = (ids: readonly number[]) => sweep.deleteFiles(ids);
  const endings = new Endings({ db, ledger, storage, events, deleteFiles });
  const pace = new Pace({ db, provider, maxInFlight });
  const gates = new Gates(createJudges(config.moderation), log);
  const { signer } = outside;
  const stepParts = { db, provider, storage, signer, endings, events, breaker, pace, gates, log, generationTimeoutS };
  const worker = new Worker(stepParts);
  const profiles = new Profiles(db, storage, deleteFiles);
  const intake = new Intake({ closing, breaker, freeBytes: () => freeBytesAt(opened.connection.name), log });
  const engine: Engine = {
    model: provider.model,
    identity: provider.identity,
    styleLoras: config.styleLoras,
    spending,
    wake: () => worker.wake(),
    assertAccepting: () => intake.assertOpen(),
    assertAllowed: (recipes) => gates.assertAllowed(recipes),
  };
  return {
    ...{ metrics, provider, events, ledger, spending, endings, gates, engine, worker, sweep, deleteFiles, profiles },
    ...createLongWork(outside, { ledger, endings, breaker, engine, profiles, provider, worker }),
    references: new References(db, storage, profiles),
    requests: new Requests({ db, ledger, profiles, engine, limits: config.limits }),
    quarantine: new Quarantine({ db, storage, log, deleteFiles }),
    orphans: new OrphanSweep({ db, storage, log, mode: config.orphanSweep }),
  };
}

interface LongWork {
  ledger: Ledger;
  endings: Endings;
  breaker: Breaker;
  engine: Engine;
  profiles: Profiles;
  provider: Provider;
  worker: Worker;
}

/** Trainings and erasures, and what a webhook wakes. */
function createLongWork({ config, log, opened: { db }, storage, isOwnForum }: Outside, parts: LongWork) {
  const { ledger, endings, breaker, engine, profiles, provider, worker } = parts;
  const { limits, publicUrl } = config;
  const { trainer } = provider;
  const training = createTraining({
    ...{ db, ledger, storage, profiles, engine, breaker, log, trainer, limits, publicUrl },
    pictureEndings: endings,
  });
  const wake = () => {
    worker.wake();
    training.worker.wake();
  };
  const eraser = new ErasureWorker({
    db,
    storage,
    endings,
    trainingEndings: training.endings,
    deletePages: (erased) => new Reports(config.consistencyPath).deleteOf(erased),
    log,
    wake,
    watchesUsers: isOwnForum,
  });
  const find = findGeneration;
  const wakeUp = createWakeUp({ db, log, queue: generationQueue, find, wake: engine.wake });
  const onWebhook = async (call: Call): Promise<void> => {
    if (!(await training.wakeUp(call))) await wakeUp(call);
  };
  return { training, eraser, onWebhook };
}
