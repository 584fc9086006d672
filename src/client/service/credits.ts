// What the user can spend, read once for all elements of a page, and anew when something was asked for or has ended.
import type { Credits } from '../../contract.ts';
import { api } from './api.ts';
import { hear } from './tabs.ts';

let reading: Promise<Credits> | undefined;
hear('generations', () => {
  reading = undefined;
});

/** @throws ApiError */
export function myCredits(): Promise<Credits> {
  const now = reading ?? api<Credits>('image-credits');
  reading = now;
  now.catch(() => {
    if (reading === now) reading = undefined; // a failure is not worth remembering
  });
  return now;
}
