// Whether this viewer wants to see AI pictures: kept in the browser, the same in all its tabs.
import { announceHere } from '../service/tabs.ts';

const STORE = 'forum-images.hidden';
let here = false;
// Not by the channel of the tabs: that may be faster than what is stored.
addEventListener('storage', ({ key }) => {
  if (key === STORE || key === null) announceHere('hidden');
});

export function areHidden(): boolean {
  try {
    return localStorage.getItem(STORE) === '1';
  } catch {
    return here; // private windows may have no storage
  }
}

export function hidePictures(hide: boolean): void {
  here = hide;
  try {
    if (hide) localStorage.setItem(STORE, '1');
    else localStorage.removeItem(STORE);
  } catch {
    // As above: then it holds for this page.
  }
  announceHere('hidden');
}
