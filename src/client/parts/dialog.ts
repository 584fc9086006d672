// Dialogs and menus of the browser's own kind, which keep and give back the focus.

/** For Lit's `ref`: a dialog is modal as soon as it is there. It is called a moment before that. */
export function showModally(element?: Element): void {
  if (!(element instanceof HTMLDialogElement)) return;
  queueMicrotask(() => {
    if (!element.isConnected) return;
    element.open = false; // one that was moved with its part of the page is open still, but not modal any more
    element.showModal();
  });
}

/** Closes the dialog that a button stands in; its `close` event tells whoever shows it. */
export function closeOwn(event: Event): void {
  (event.currentTarget as Element).closest('dialog')?.close();
}

/** A menu closes when something in it is chosen, and does so before the button itself opens a dialog, */
export const closeOnChoice = {
  handleEvent({ target, currentTarget }: Event): void {
    if ((target as Element).closest('button')) closeMenu(currentTarget as HTMLDetailsElement);
  },
  capture: true,
};

/** when the focus goes elsewhere; not when it goes nowhere, as in Safari, where a button that is pressed gets none, */
export function closeWhenLeft(event: FocusEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  const next = event.relatedTarget as Node | null;
  if (next && !menu.contains(next)) menu.open = false;
}

let opened: HTMLDetailsElement | null = null;
addEventListener(
  'pointerdown',
  (event) => {
    if (opened && !event.composedPath().includes(opened)) opened.open = false;
  },
  { capture: true },
);

/** when something outside it is pressed, */
export function closeWhenPressedOutside(event: Event): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (menu.open) opened = menu;
}

/** and by the key that closes things. */
export function closeOnEscape(event: KeyboardEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (event.key === 'Escape' && menu.open) closeMenu(menu);
}

/** What had the focus is hidden now: the dialog that opens next has to find it where it can give it back. */
function closeMenu(menu: HTMLDetailsElement): void {
  menu.open = false;
  menu.querySelector('summary')?.focus();
}
