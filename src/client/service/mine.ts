// The user's own generations, read once for all elements of a page, and anew when one was started or has ended, here or in
// another tab, or when the network comes back.
import type { Generation } from '../../contract.ts';
import { api, type Page } from './api.ts';
import { announceHere, hear } from './tabs.ts';

let reading: Promise<Generation[]> | undefined;
hear('generations', () => {
  reading = undefined;
});
addEventListener('online', () => announceHere('generations'));

/** Newest first; the last hundred. */
export function myGenerations(): Promise<Generation[]> {
  const now = reading ?? api<Page<Generation>>('generations?limit=100').then(({ items }) => items);
  reading = now;
  now.catch(() => {
    if (reading === now) reading = undefined; // a failure is not worth remembering
  });
  return now;
}
