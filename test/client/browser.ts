// The real Chromium, where one is installed, and how a test says that there is none.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const path = PLACES.find((place) => place !== '' && existsSync(place));
export const hasBrowser = path !== undefined;
if (!hasBrowser)
  console.warn('The tests of the pages are left out: no Chromium is installed here (CHROMIUM_PATH names one).');

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
