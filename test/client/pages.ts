// Things that tests of the pages do again and again.
import type { Locator, Page } from 'playwright-core';

/** In the page: the name of what has the focus, through the elements' own trees. */
export const FOCUSED = `(() => {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return (node?.getAttribute('aria-label') || node?.labels?.[0]?.textContent || node?.textContent || '').trim();
})()`;

/** Opens the form for a picture in the first post that the person may illustrate. @returns the post */
export async function openForm(page: Page): Promise<Locator> {
  const post = page.locator('.post', { has: page.locator('add-image') }).first();
  await post.getByRole('button', { name: 'Lisää tekoälykuva' }).click();
  return post;
}

/** Asks for a picture without characters in the open form. */
export async function askFor(page: Page, scene: string): Promise<void> {
  await describe(page, scene);
  await page.getByRole('button', { name: 'Luo kuva' }).click();
}

/** Says in the open form what is wanted, and no more. */
export async function describe(page: Page, scene: string): Promise<void> {
  await page.getByRole('radio', { name: /Kohtaus ilman hahmoja/ }).check();
  await page.getByLabel('Mitä kuvassa näkyy?').fill(scene);
}

/** Puts an element of the module into the page, above everything else. */
export async function place(page: Page, tag: string, attributes: Record<string, string>): Promise<Locator> {
  const written = JSON.stringify({ id: 'placed', ...attributes });
  await page.evaluate(`(() => {
    document.querySelector('#placed')?.remove();
    const element = document.createElement('${tag}');
    for (const [name, value] of Object.entries(${written})) element.setAttribute(name, value);
    document.querySelector('main').prepend(element);
  })()`);
  return page.locator('#placed');
}

/** In a post itself, and not in a form that stands there. */
export function pictureIn(part: Locator | Page, name: RegExp): Locator {
  return part.locator('post-images').getByRole('img', { name });
}
