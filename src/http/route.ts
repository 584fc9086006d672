// One way for every route: authenticate → validate → one call → reply. The same declaration makes the OpenAPI document.
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { type ErrorDetail, notFound, ServiceError } from '../errors.ts';
import type { Forum } from '../forum/forum.ts';
import { Permissions } from '../forum/permissions.ts';
import { authenticate, type Identify } from './authenticate.ts';
import type { RateLimit } from './rate-limit.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Takes over the response, for what is no JSON. */
  send?: (req: Request, res: Response) => void | Promise<void>;
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown, location: string): Reply => ({
  status: 201,
  body,
  headers: { Location: location },
});
export const accepted = (body: unknown, location: string): Reply => ({
  status: 202,
  body,
  headers: { Location: location },
});
export const noContent = (): Reply => ({ status: 204 });

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

interface Contexts<P, Q, B> {
  params: Output<P>;
  query: Output<Q>;
  body: Output<B>;
  req: Request;
}

/** What a route is to the OpenAPI document. */
export interface RouteInfo {
  method: Method;
  /** As Express writes it, below the mount point. */
  path: string;
  tag: string;
  summary: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** What the document shows where the validating schema cannot be written as JSON schema. */
  documentedBody?: z.ZodType;
  /** Status → schema of the body; null for none. */
  replies: Record<number, z.ZodType | null>;
  /** Of the replies; JSON when left out. */
  mediaType?: string;
  /** Whether it makes generations, which the rate limit counts, and so takes an Idempotency-Key. */
  generates?: boolean;
  /** Whether it takes an Idempotency-Key though it makes no generations. */
  repeatable?: boolean;
  public?: boolean;
  /** Whether a user who is being erased may use it. */
  duringErasure?: boolean;
}

interface Route<P, Q, B> extends Omit<RouteInfo, 'params' | 'query' | 'body' | 'public'> {
  params?: P;
  query?: Q;
  body?: B;
  /** Of a route that generates: a body that asks for no new picture, which the rate limit does not count. */
  isFree?(body: Output<B>): boolean;
  /** Of a route that makes no pictures and yet costs some work. */
  limit?: RateLimit;
  handle(permissions: Permissions, context: Contexts<P, Q, B>): Reply | Promise<Reply>;
}

interface PublicRoute extends Omit<RouteInfo, 'public' | 'body' | 'query' | 'generates'> {
  handle(req: Request): Reply | Promise<Reply>;
}

/** Keeps users out while they are being erased. */
interface Gate {
  /** @throws conflict */
  assertNone(userId: number): Promise<void>;
}

/** Collects the routes: into an Express router, and into a list for the document. */
export class Routes {
  readonly router: Router = Router({ caseSensitive: true });
  readonly list: RouteInfo[] = [];
  readonly #identify: Identify;
  readonly #forum: Forum;
  readonly #rateLimit: RateLimit;
  readonly #guards: RequestHandler[];
  readonly #erasures: Gate;

  /**
   * @param parts.guards run before each of our routes and only there: the router may be mounted beside a host's own
   *   routes, whose requests must pass through untouched
   */
  constructor(parts: {
    identify: Identify;
    forum: Forum;
    rateLimit: RateLimit;
    guards: RequestHandler[];
    erasures: Gate;
  }) {
    this.#erasures = parts.erasures;
    this.#guards = parts.guards;
    this.#identify = parts.identify;
    this.#forum = parts.forum;
    this.#rateLimit = parts.rateLimit;
  }

  /** A route for users who are logged in. */
  add<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(route: Route<P, Q, B>): void {
    this.#add(route, () => {});
  }

  /** A route for admins. To others it is not there, whatever they send to it. */
  addAdmin<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    route: Omit<Route<P, Q, B>, 'tag'>,
  ): void {
    this.#add({ ...route, tag: 'Admin' }, (permissions) => permissions.assertAdmin());
  }

  #add<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    route: Route<P, Q, B>,
    authorise: (permissions: Permissions) => void,
  ): void {
    this.list.push(route);
    if (route.tag === 'Admin') this.#hideMethods(route.path);
    this.router[route.method](route.path, ...this.#guards, async (req, res) => {
      const user = await authenticate(req, this.#identify, this.#forum);
      res.locals.userId = user.id;
      const permissions = new Permissions(this.#forum, user);
      authorise(permissions);
      if (!route.duringErasure) await this.#erasures.assertNone(user.id);
      const context = {
        params: check(route.params, req.params),
        query: check(route.query, req.query),
        body: check(route.body, req.body ?? {}),
        req,
      } as Contexts<P, Q, B>;
      const isFree = route.isFree?.(context.body) ?? false;
      if (route.generates && !isFree) await this.#rateLimit(req, res, user.id);
      await route.limit?.(req, res, user.id);
      await send(await route.handle(permissions, context), req, res);
    });
  }

  /** Left to itself Express would tell everybody who asks which methods there are. */
  #hideMethods(path: string): void {
    this.router.options(path, ...this.#guards, () => {
      throw notFound('The page');
    });
  }

  /** A route for everybody. */
  addPublic(route: PublicRoute): void {
    this.list.push({ ...route, public: true });
    this.router[route.method](route.path, ...this.#guards, async (req, res) => send(await route.handle(req), req, res));
  }
}

async function send(reply: Reply, req: Request, res: Response): Promise<void> {
  // Answers depend on who asks: no cache between may keep them, and a browser asks again whether they still hold.
  res.status(reply.status).set({ 'Cache-Control': 'private, no-cache', ...reply.headers });
  if (reply.send) return reply.send(req, res);
  if (reply.body === undefined) res.end();
  else res.json(reply.body);
}

/** @throws invalid_request naming each faulty field */
export function check<S extends z.ZodType>(schema: S | undefined, value: unknown): Output<S> {
  if (!schema) return undefined as Output<S>;
  const result = schema.safeParse(value);
  if (result.success) return result.data as Output<S>;
  const details = result.error.issues.flatMap(detailsOf);
  const [first] = details;
  throw new ServiceError('invalid_request', `${first?.path || 'The request'}: ${first?.message}`, { details });
}

function detailsOf(issue: z.core.$ZodIssue): ErrorDetail[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key.slice(0, 100)].join('.'), message: 'is not known here' }));
}

/** An id in a path or a query. */
export const idText = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'must be a positive whole number')
  .transform(Number)
  .refine(Number.isSafeInteger, 'is too large');

export const limitText = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number')
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 100, 'must be from 1 to 100')
  .optional();

/** A path to which the mount point of the service is put in front, for a Location header. */
export function locationOf(req: Request, path: string): string {
  return `${req.baseUrl}${path}`;
}
