// Whether this viewer wants to see AI pictures: kept in the browser, the same in all its tabs.
import { announce } from '../service/tabs.ts';

const STORE = 'forum-images.hidden';
let here = false;

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
  } finally {
    announce('hidden');
  }
}
