// Who is who in the demo forum: the login that sets the JWT cookie, and the check that other routes stand behind.
import type { Database } from 'better-sqlite3';
import { parseCookie } from 'cookie';
import type { Request, RequestHandler } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { passwordMatches } from './seed.ts';
import { DEMO_PASSWORD, DEMO_USERS } from './story.ts';

const DAY_S = 24 * 60 * 60;

/** A refusal that is shown to the person as it stands. */
export class ForumError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const ForumUser = z.object({
  id: z.int(),
  username: z.string(),
  email: z.string(),
  /** A JSON array in a string, as in the users table. */
  roles: z.string(),
  is_admin: z.union([z.literal(0), z.literal(1)]),
});
export type ForumUser = z.output<typeof ForumUser>;

const Credentials = z.object({ email: z.string().trim().toLowerCase(), password: z.string().max(200) });
const StoredUser = ForumUser.extend({ password: z.string() });

/** Keeps what `required` found; the key is the request itself, so nothing has to be added to Express's types. */
const users = new WeakMap<Request, ForumUser>();

/** The user of a request that has passed `required`. */
export function userOf(req: Request): ForumUser {
  const user = users.get(req);
  if (!user) throw new ForumError(401, 'Kirjaudu ensin sisään.');
  return user;
}

export interface Login {
  logIn: RequestHandler;
  logOut: RequestHandler;
  required: RequestHandler;
  listDemoUsers: RequestHandler;
}

export function createLogin(options: { database: Database; jwtSecret: string; cookie: string }): Login {
  const { database, cookie } = options;
  const secret = new TextEncoder().encode(options.jwtSecret);
  const byEmail = database.prepare(
    'SELECT id, username, email, password, roles, is_admin FROM users WHERE lower(email) = ?',
  );
  const cookieOptions = { httpOnly: true, sameSite: 'strict', path: '/' } as const;

  return {
    listDemoUsers: (_req, res) => {
      res.json({ password: DEMO_PASSWORD, users: DEMO_USERS });
    },
    logIn: async (req, res) => {
      const body = Credentials.safeParse(req.body);
      if (!body.success) throw new ForumError(400, 'Anna sähköposti ja salasana.');
      const stored = StoredUser.safeParse(byEmail.get(body.data.email));
      if (!stored.success || !passwordMatches(body.data.password, stored.data.password)) {
        throw new ForumError(401, 'Väärä sähköposti tai salasana.');
      }
      const user = ForumUser.parse(stored.data);
      const token = await new SignJWT({ ...user })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime(`${DAY_S}s`)
        .sign(secret);
      res.cookie(cookie, token, { ...cookieOptions, maxAge: DAY_S * 1000 });
      res.json({ message: 'Tervetuloa!', user, token });
    },
    logOut: (_req, res) => {
      res.clearCookie(cookie, cookieOptions);
      res.json({ message: 'Nähdään taas!' });
    },
    required: async (req, _res, next) => {
      const token = parseCookie(req.headers.cookie ?? '')[cookie] ?? req.headers.authorization?.split(' ')[1];
      if (!token) throw new ForumError(401, 'Kirjaudu ensin sisään.');
      users.set(req, await verify(token, secret));
      next();
    },
  };
}

async function verify(token: string, secret: Uint8Array): Promise<ForumUser> {
  try {
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] });
    return ForumUser.parse(payload);
  } catch {
    throw new ForumError(403, 'Kirjautuminen on vanhentunut. Kirjaudu uudestaan.');
  }
}
