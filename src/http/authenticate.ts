// Who asks: the forum's login token in the cookie, else as a bearer, and the user it names as the database knows them now.
import { parseCookie } from 'cookie';
import type { Request } from 'express';
import { jwtVerify } from 'jose';
import { ServiceError } from '../errors.ts';
import type { Forum, ForumUser } from '../forum/forum.ts';

/** Tells a request's user by id; null for nobody. A host that has its own login passes one. */
export type Identify = (req: Request) => number | null | Promise<number | null>;

/** The forum's own login: a JWT signed with HS256, whose payload has the user's `id`. */
export function identifyByJwt(settings: { secret: string; cookie: string }): Identify {
  const secret = new TextEncoder().encode(settings.secret);
  return async (req) => {
    for (const token of tokensOf(req, settings.cookie)) {
      const id = await verifiedId(token, secret);
      if (id !== null) return id;
    }
    return null;
  };
}

// The cookie is httpOnly, so the forum's pages cannot read it and send `Bearer null` beside it: a good cookie wins over junk.
function tokensOf(req: Request, cookie: string): string[] {
  const fromCookie = parseCookie(req.headers.cookie ?? '')[cookie];
  const fromHeader = req.headers.authorization?.split(' ')[1];
  return [fromCookie, fromHeader].filter((token): token is string => Boolean(token));
}

async function verifiedId(token: string, secret: Uint8Array): Promise<number | null> {
  try {
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] });
    return Number.isSafeInteger(payload.id) ? (payload.id as number) : null;
  } catch {
    return null; // expired, forged, or no token at all: all the same to the asker
  }
}

/** @throws unauthenticated when nobody asks, or somebody whom the forum no longer has */
export async function authenticate(req: Request, identify: Identify, forum: Forum): Promise<ForumUser> {
  const id = await identify(req);
  const user = id === null ? undefined : await forum.user(id);
  if (!user) throw new ServiceError('unauthenticated', 'Please log in to the forum first.');
  return user;
}
