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

/** A menu closes when something in it was chosen, */
export function closeAfterChoice(event: Event): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if ((event.target as Element).closest('button')) menu.open = false;
}

/** when the focus goes elsewhere, */
export function closeWhenLeft(event: FocusEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (!menu.contains(event.relatedTarget as Node | null)) menu.open = false;
}

/** and by the key that closes things. */
export function closeOnEscape(event: KeyboardEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (event.key !== 'Escape' || !menu.open) return;
  menu.open = false;
  menu.querySelector('summary')?.focus();
}
