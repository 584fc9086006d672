// Starts the real service for a test: the same createApp, a real database file, a real listener, and clients for its users.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import type { Generation } from '../../src/contract.ts';
import { errorHandler, unknownRoute } from '../../src/http/error-handler.ts';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { createForumFile, type ForumFile } from './forum-file.ts';
import { PATIENCE_MS } from './patience.ts';

export const JWT_SECRET = 'a secret for tests only';

/** The forum's login token of a user, as its /api/login makes it. */
export function tokenOf(userId: number, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ id: userId, username: 'x', email: 'x', roles: '["admin"]', is_admin: 1, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JWT_SECRET));
}

// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a reply is what it asserts
type Loose = any;

export interface Reply<T = Loose> {
  status: number;
  headers: Headers;
  body: T;
}

/** Speaks JSON as one user of the forum, by the login cookie. */
export interface Client {
  get<T = Loose>(path: string, headers?: Record<string, string>): Promise<Reply<T>>;
  post<T = Loose>(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply<T>>;
  put<T = Loose>(path: string, body?: unknown): Promise<Reply<T>>;
  patch<T = Loose>(path: string, body?: unknown): Promise<Reply<T>>;
  delete<T = Loose>(path: string): Promise<Reply<T>>;
  /** Polls until the generation has ended. */
  finished(generation: { id: string }): Promise<Generation>;
}

export function clientAt(origin: string, cookie: string | null): Client {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(`${origin}/api${path}`, {
      method,
      headers: {
        ...(cookie && { cookie: `token=${cookie}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  const client: Client = {
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body = {}, headers) => call('POST', path, body, headers),
    put: (path, body = {}) => call('PUT', path, body),
    patch: (path, body = {}) => call('PATCH', path, body),
    delete: (path) => call('DELETE', path),
    finished: (generation) => untilFinished(client, generation.id),
  };
  return client;
}

async function untilFinished(client: Client, id: string): Promise<Generation> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status, body } = await client.get<Generation>(`/generations/${id}`);
    if (status !== 200) throw new Error(`GET /generations/${id} answered ${status} ${JSON.stringify(body)}`);
    if (body.finished_at) return body;
    if (Date.now() > deadline) throw new Error(`generation ${id} still ${body.status} after ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface TestService extends AsyncDisposable {
  origin: string;
  app: App;
  forum: ForumFile;
  as(userId: number): Promise<Client>;
  anonymous: Client;
  /** Stops the service and keeps the database file, so that a second one can go on with it. */
  stop(): Promise<void>;
  /** Stops the service and removes its files. */
  close(): Promise<void>;
}

export interface TestServiceOptions extends Omit<AppOptions, 'env'> {
  env?: Record<string, string>;
  forumFile?: ForumFile;
}

/** By default: the preview provider without its waiting, pictures on disk beside the database, generous limits. */
export async function startService(options: TestServiceOptions = {}): Promise<TestService> {
  const forum = options.forumFile ?? createForumFile();
  const env: Record<string, string> = {
    DATABASE_PATH: forum.path,
    JWT_SECRET,
    DISK_PATH: join(forum.folder, 'images'),
    MAX_ACTIVE_PER_USER: '50',
    RATE_LIMIT_PER_MINUTE: '10000',
    CREDITS_PER_MONTH: '1000',
    POLL_INTERVAL_MS: '50',
    ...options.env,
  };
  const preview = env.REPLICATE_API_TOKEN ? undefined : createPreviewProvider({ durationMs: 50, pollIntervalMs: 20 });
  const logger = options.logger ?? pino({ level: process.env.TEST_LOG ?? 'silent' });
  const app = createApp({ provider: preview, ...options, env, logger });
  await app.start();
  const server = createServer(express().use('/api', app.router).use(unknownRoute, errorHandler(logger)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await app.close();
    server.closeAllConnections();
    await closed;
  };
  const close = async () => {
    await stop();
    forum.remove();
  };
  return {
    origin,
    app,
    forum,
    anonymous: clientAt(origin, null),
    as: async (userId) => clientAt(origin, await tokenOf(userId)),
    stop,
    close,
    [Symbol.asyncDispose]: close,
  };
}
