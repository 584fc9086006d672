// What the doors open to, put together from the pipeline.
import { Accounts } from '../admin/accounts.ts';
import { GenerationDesk } from '../admin/generations.ts';
import { SpendingSwitch } from '../admin/spending-switch.ts';
import { StorageDesk } from '../admin/storage-desk.ts';
import { UsageReports } from '../admin/usage.ts';
import { Reports } from '../consistency/reports.ts';
import { Generations } from '../generation/generations.ts';
import { PostImages } from '../generation/post-images.ts';
import { PromptPreviews } from '../generation/prompt-preview.ts';
import type { HttpParts } from '../http/app.ts';
import type { Checks } from '../http/health.ts';
import { Audit } from '../moderation/audit.ts';
import { ReportDesk } from '../moderation/report-desk.ts';
import { Takedowns } from '../moderation/takedowns.ts';
import { Erasures } from '../privacy/erasures.ts';
import { Exports } from '../privacy/export.ts';
import { SceneSuggestions } from '../writer/scene-suggestions.ts';
import { createScribe, webhooksOf } from './configured.ts';
import type { Outside, Pipeline } from './pipeline.ts';

/** What only the service itself can tell: who asks, and how far its own life is. */
export type LifeParts = Pick<HttpParts, 'identify' | 'isServing' | 'inHand'> & { assertWorking: () => void };

export function createDoors(outside: Outside, pipeline: Pipeline, { assertWorking, ...life }: LifeParts): HttpParts {
  const { config, log, opened, forum, storage, closing } = outside;
  const { db } = opened;
  const { events, ledger, spending, endings, engine, deleteFiles, profiles, references, requests, training } = pipeline;
  const generations = new Generations({ db, storage, endings, events, wake: engine.wake });
  const scribe = createScribe(config.provider, { db, spending, log });
  return {
    ...{ log, forum, storage, profiles, ledger, events, references, requests, generations, closing },
    ...life,
    ...createDesks(outside, pipeline, generations),
    trainings: training.trainings,
    trainingRequests: training.trainingRequests,
    previews: new PromptPreviews({ db, profiles, ...engine }),
    suggestions: new SceneSuggestions({ forum, profiles, scribe, log }),
    postImages: new PostImages({ db, forum, storage, endings, deleteFiles }),
    erasures: new Erasures(db, () => pipeline.eraser.wake()),
    exports: new Exports(db, storage),
    checks: checksOf(outside, pipeline, assertWorking),
    webhooks: webhooksOf(config.provider, pipeline.onWebhook),
    servesApi: config.workers !== 'only',
    publicUrl: config.publicUrl,
    rateLimitPerMinute: config.limits.rateLimitPerMinute,
  };
}

/** Where admins and moderators sit. */
function createDesks(
  { config, log, opened: { db }, forum, storage }: Outside,
  { ledger, spending, requests, quarantine, metrics }: Pipeline,
  generations: Generations,
) {
  return {
    metricsDoor: { metrics, token: config.metricsToken },
    reports: new Reports(config.consistencyPath),
    audit: new Audit(db),
    accounts: new Accounts({ db, forum, ledger }),
    usage: new UsageReports({ db, forum }),
    spendingSwitch: new SpendingSwitch({ db, forum, spending }),
    generationDesk: new GenerationDesk({ db, forum, generations, requests }),
    storageDesk: new StorageDesk({ db, storage, log }),
    reportDesk: new ReportDesk(db),
    takedowns: new Takedowns({ db, storage, quarantine }),
  };
}

function checksOf({ forum, storage }: Outside, { provider, gates }: Pipeline, assertWorking: () => void): Checks {
  return {
    database: () => forum.game(0),
    storage: () => storage.check(),
    provider: () => provider.check(),
    queue: async () => assertWorking(),
    ...(!gates.areOpen && { moderation: async () => gates.assertWorking() }),
  };
}
