// What the user can spend, read once for all elements of a page, and anew when something was asked for or has ended; and who that is.
import type { Credits } from '../../contract.ts';
import { api } from './api.ts';
import { hear } from './tabs.ts';
import { userChanged } from './user.ts';

let reading: Promise<Credits> | undefined;
let user: number | null = null;
hear('generations', () => {
  reading = undefined;
});
hear('user', () => {
  user = null;
});

/** @throws ApiError */
export function myCredits(): Promise<Credits> {
  const now = reading ?? readCredits();
  reading = now;
  now.catch(() => {
    if (reading === now) reading = undefined; // a failure is not worth remembering
  });
  return now;
}

/** Asks the service, which knows best who is logged in by now. @throws ApiError */
export async function readCredits(): Promise<Credits> {
  const credits = await api<Credits>('image-credits');
  if (user !== null && user !== credits.user_id) userChanged();
  user = credits.user_id;
  return credits;
}

/** As far as the page has heard. */
export function knownUser(): number | null {
  return user;
}
