// Puts the doors together: the guards in front of every route of ours, the routes, and what happens to errors.
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import type { Profiles } from '../characters/profiles.ts';
import type { References } from '../characters/references.ts';
import type { Ledger } from '../credits/ledger.ts';
import { ServiceError } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import type { GenerationEvents } from '../generation/events.ts';
import type { Generations } from '../generation/generations.ts';
import type { PostImages } from '../generation/post-images.ts';
import type { PromptPreviews } from '../generation/prompt-preview.ts';
import type { Requests } from '../generation/request.ts';
import type { Storage } from '../storage/storage.ts';
import type { TrainingRequests } from '../training/request.ts';
import type { Trainings } from '../training/trainings.ts';
import type { SceneSuggestions } from '../writer/scene-suggestions.ts';
import { type AdminParts, addAdminRoutes } from './admin.ts';
import type { Identify } from './authenticate.ts';
import { addCharacterRoutes } from './characters.ts';
import { addClientRoutes } from './client.ts';
import { addCreditRoutes } from './credits.ts';
import { errorHandler } from './error-handler.ts';
import { fileRouter } from './files.ts';
import { addGalleryRoutes } from './gallery.ts';
import { addGenerationRoutes } from './generations.ts';
import { jsonOnly, requestId, safeHeaders, sameSiteOnly } from './guards.ts';
import { addHealthRoutes, type Checks } from './health.ts';
import { addLoraTrainingRoutes } from './lora-trainings.ts';
import { addMetricsRoute, type MetricsDoor, measuring } from './metrics.ts';
import { addMyDataRoutes } from './my-data.ts';
import { openApiRouter } from './openapi.ts';
import { addPostImageRoutes } from './post-images.ts';
import { addPromptPreviewRoutes } from './prompt-preview.ts';
import { createRateLimit } from './rate-limit.ts';
import { addReferenceRoutes } from './reference-images.ts';
import type { RequestsInHand } from './requests-in-hand.ts';
import { Routes } from './route.ts';
import { addSceneSuggestionRoute } from './scene-suggestions.ts';
import { addWebhookRoute, type Webhooks } from './webhooks.ts';

/** Longest body: a scene, a description and some fields, in any script. */
const BODY_LIMIT = '16kb';

/** While a scene is being written, it is looked at more than once. */
const PREVIEWS_PER_PICTURE = 6;

export interface HttpParts extends AdminParts {
  log: Logger;
  forum: Forum;
  identify: Identify;
  storage: Storage;
  profiles: Profiles;
  references: References;
  requests: Requests;
  previews: PromptPreviews;
  suggestions: SceneSuggestions;
  generations: Generations;
  trainings: Trainings;
  trainingRequests: TrainingRequests;
  postImages: PostImages;
  ledger: Ledger;
  events: GenerationEvents;
  checks: Checks;
  metricsDoor: MetricsDoor;
  /** Null where none are expected. */
  webhooks: Webhooks | null;
  closing: AbortSignal;
  isServing: () => boolean;
  inHand: RequestsInHand;
  /** False in a process that only works on the queue: it answers for its health and nothing else. */
  servesApi: boolean;
  rateLimitPerMinute: number;
}

/** @returns an Express application whose paths are below the mount point; what it does not know it passes on */
export function createHttpApp(parts: HttpParts): Express {
  const basicGuards = basicGuardsOf(parts);
  const guards = [...basicGuards, sameSiteOnly(parts.publicUrl), jsonOnly, express.json({ limit: BODY_LIMIT })];
  const routes = new Routes({ ...parts, guards, rateLimit: createRateLimit(parts.rateLimitPerMinute, 'pictures') });
  addHealthRoutes(routes, parts.checks);
  addMetricsRoute(routes, guards, parts.metricsDoor);
  if (parts.servesApi) {
    addApiRoutes(routes, parts);
    addWebhookRoute(routes, basicGuards, parts);
  }

  const app = express().disable('x-powered-by').set('query parser', 'simple');
  app.use(routes.router);
  app.use(openApiRouter(routes.list, guards));
  if (parts.storage.kind === 'disk') app.use(fileRouter(parts.storage, guards));
  app.use(errorHandler(parts.log));
  return app;
}

function addApiRoutes(routes: Routes, parts: HttpParts): void {
  addClientRoutes(routes);
  addCharacterRoutes(routes, parts.profiles);
  addReferenceRoutes(routes, parts);
  addLoraTrainingRoutes(routes, parts);
  addPostImageRoutes(routes, parts);
  const limit = createRateLimit(parts.rateLimitPerMinute * PREVIEWS_PER_PICTURE, 'previews');
  addPromptPreviewRoutes(routes, { previews: parts.previews, limit });
  const suggestionLimit = createRateLimit(parts.rateLimitPerMinute, 'suggestions');
  addSceneSuggestionRoute(routes, { suggestions: parts.suggestions, limit: suggestionLimit });
  addGalleryRoutes(routes, parts.postImages);
  addGenerationRoutes(routes, parts);
  addCreditRoutes(routes, parts.ledger);
  addMyDataRoutes(routes, parts, createRateLimit(parts.rateLimitPerMinute, 'exports or erasures'));
  addAdminRoutes(routes, parts);
}

function basicGuardsOf(parts: HttpParts): RequestHandler[] {
  const { metrics } = parts.metricsDoor;
  return [
    measuring(metrics),
    parts.inHand.count,
    requestId,
    requestLog(parts.log),
    safeHeaders,
    servingOnly(parts.isServing),
  ];
}

/** One line for each request. Headers and bodies stay out of it: they hold tokens and what people wrote. */
function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (_req, res) => (res as unknown as { locals: { requestId: string } }).locals.requestId,
    customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
    serializers: {
      // The route, not the address: what stands in an address may be what somebody wrote, such as the name of a look.
      req: ({ id, method, raw }: { id: string; method: string; raw: Request }) => ({ id, method, route: routeOf(raw) }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      err: () => undefined, // the error handler has told it, with its cause
    },
  });
}

/** Known as soon as a guard of the route runs; the documentation's pages have none of their own. */
function routeOf(req: Request): string {
  return req.route?.path ?? req.baseUrl;
}

function servingOnly(isServing: () => boolean): RequestHandler {
  return (_req, _res, next) => {
    if (isServing()) return next();
    next(
      new ServiceError('shutting_down', 'The picture service is just restarting. Please try again in a moment.', {
        retryAfter: 5,
      }),
    );
  };
}
