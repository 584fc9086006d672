// The demo forum itself: login, games, chapters, beats and posts over HTTP as the real forum has them, and its pages.
import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import { createLogin, ForumError, userOf } from './login.ts';

const PAGES = fileURLToPath(new URL('./pages', import.meta.url));

export interface ForumOptions {
  database: Database;
  jwtSecret: string;
  /** Name of the login cookie. */
  cookie?: string;
  /** What answers the image routes under /api. */
  images?: RequestHandler;
  /** Other origins that the pages load pictures from, such as a bucket's. */
  imageOrigins?: string[];
}

/** The whole forum as one Express app. */
export function createForum(options: ForumOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use('/api', forumApi(options));
  if (options.images) app.use('/api', options.images);
  app.use('/api', () => {
    throw new ForumError(404, 'Osoitetta ei löytynyt.');
  });
  app.use(pageHeaders(options.imageOrigins ?? []), express.static(PAGES));
  app.use(answerError);
  return app;
}

function pageHeaders(imageOrigins: string[]): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', ...imageOrigins],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: false, // the demo speaks plain http
  });
}

function forumApi({ database, jwtSecret, cookie = 'token' }: ForumOptions): Router {
  const api = Router();
  const login = createLogin({ database, jwtSecret, cookie });
  // Parsed here and not for the whole app: the image service behind us reads its own bodies, webhooks as raw bytes.
  const json = express.json({ limit: '100kb' });

  api.get('/demo-logins', login.listDemoUsers);
  api.post('/login', json, login.logIn);
  api.post('/logout', login.logOut);
  api.get('/me', login.required, (req, res) => {
    res.json(userOf(req));
  });
  addReadRoutes(api, database, login.required);
  api.post('/beats/:id/posts', login.required, json, (req, res) => {
    res.status(201).json(addPost(database, req));
  });
  return api;
}

function addReadRoutes(api: Router, database: Database, loginRequired: RequestHandler): void {
  const games = database.prepare('SELECT * FROM games ORDER BY id');
  const game = database.prepare('SELECT * FROM games WHERE id = ?');
  const chapters = database.prepare('SELECT * FROM chapters WHERE game_id = ? ORDER BY sequence_number, id');
  const chapter = database.prepare('SELECT * FROM chapters WHERE id = ?');
  const beats = database.prepare('SELECT * FROM beats WHERE chapter_id = ? ORDER BY sequence_number, id');
  const beat = database.prepare('SELECT * FROM beats WHERE id = ?');
  const posts = database.prepare(`${POSTS} WHERE posts.beat_id = ? ORDER BY posts.id`);

  api.get('/games', loginRequired, (_req, res) => {
    res.json(games.all());
  });
  api.get('/games/:id', loginRequired, (req, res, next) => {
    const found = game.get(idOf(req));
    if (found) res.json(found);
    else next(new ForumError(404, 'Peliä ei löytynyt.'));
  });
  api.get('/games/:id/chapters', loginRequired, (req, res) => {
    if (!game.get(idOf(req))) throw new ForumError(404, 'Peliä ei löytynyt.');
    res.json(chapters.all(idOf(req)));
  });
  api.get('/chapters/:id/beats', loginRequired, (req, res) => {
    if (!chapter.get(idOf(req))) throw new ForumError(404, 'Lukua ei löytynyt.');
    res.json(beats.all(idOf(req)));
  });
  api.get('/beats/:id/posts', loginRequired, (req, res) => {
    if (!beat.get(idOf(req))) throw new ForumError(404, 'Kohtausta ei löytynyt.');
    res.json(posts.all(idOf(req)));
  });
}

const POSTS = `SELECT posts.*, users.username AS author_name, users.roles AS author_roles
  FROM posts LEFT JOIN users ON users.id = posts.author_id`;

const NewPost = z.object({
  title: z.string().trim().max(200).optional(),
  content: z.string().trim().min(1).max(20_000),
});

function addPost(database: Database, req: Request): unknown {
  const body = NewPost.safeParse(req.body);
  if (!body.success) throw new ForumError(400, 'Kirjoita viestiin tekstiä, enintään 20 000 merkkiä.');
  const user = userOf(req);
  const beat = database.prepare('SELECT id FROM beats WHERE id = ?').get(idOf(req));
  if (!beat) throw new ForumError(404, 'Kohtausta ei löytynyt.');
  const type = user.roles.includes('"gm"') ? 'gm' : 'player';
  const { lastInsertRowid } = database
    .prepare('INSERT INTO posts (beat_id, author_id, title, content, post_type) VALUES (?, ?, ?, ?, ?)')
    .run(idOf(req), user.id, body.data.title || null, body.data.content, type);
  return database.prepare(`${POSTS} WHERE posts.id = ?`).get(lastInsertRowid);
}

function idOf(req: Request): number {
  const id = Number(req.params.id);
  return Number.isSafeInteger(id) ? id : 0;
}

const answerError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  if (error instanceof ForumError) {
    res.status(error.status).json({ error: error.message });
    return;
  }
  const status = statusOf(error);
  if (status >= 500) console.error(error);
  res.status(status).json({ error: status >= 500 ? 'Palvelimella tapahtui virhe.' : 'Pyyntöä ei voitu lukea.' });
};

/** body-parser and the router put the status on their errors. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
