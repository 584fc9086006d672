// How the elements look. A page changes it by the custom properties `--forum-images-…` and by the parts of each element.
import { css } from 'lit';

export const look = css`
  :host {
    --accent: var(--forum-images-accent, light-dark(#6b3fa0, #c3a6ee));
    --on-accent: var(--forum-images-on-accent, light-dark(#fff, #1d1330));
    --surface: var(--forum-images-surface, light-dark(#fff, #1f1b26));
    --surface-2: var(--forum-images-surface-2, light-dark(#f4f1f8, #2a2533));
    --text: var(--forum-images-text, light-dark(#221b2c, #ece7f3));
    --muted: var(--forum-images-muted, light-dark(#5f566b, #b5abc4));
    --border: var(--forum-images-border, light-dark(#cfc6da, #4b4358));
    --danger: var(--forum-images-danger, light-dark(#a3182c, #ff9aa8));
    --radius: var(--forum-images-radius, 8px);
    display: block;
    color: var(--text);
    font: inherit;
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  fieldset,
  figure,
  ul {
    margin: 0;
    padding: 0;
    border: 0;
  }
  h2,
  h3 {
    font-size: 1.1em;
  }
  ul {
    list-style: none;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
    min-height: 2.75em;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
    padding: 0.4em 0.8em;
    max-width: 100%;
  }
  input[type='radio'],
  input[type='checkbox'] {
    min-height: 0;
    accent-color: var(--accent);
  }
  textarea {
    width: 100%;
    resize: vertical;
  }
  button {
    cursor: pointer;
    background: var(--surface-2);
  }
  button.primary {
    background: var(--accent);
    border-color: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  button.danger {
    color: var(--danger);
  }
  button:disabled {
    cursor: default;
    opacity: 0.6;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  label,
  legend {
    display: block;
    font-weight: 600;
  }
  label > input:not([type='radio'], [type='checkbox']),
  label > select,
  label > textarea {
    display: block;
    width: 100%;
    margin-top: 0.25em;
    font-weight: 400;
  }
  img {
    display: block;
    max-width: 100%;
    height: auto;
    border-radius: var(--radius);
    background: var(--surface-2);
  }
  .stack {
    display: grid;
    gap: 0.9em;
    min-width: 0;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: 0.6em;
    align-items: center;
  }
  .quiet {
    color: var(--muted);
    font-size: 0.92em;
    font-weight: 400;
  }
  .failure {
    color: var(--danger);
    border-inline-start: 3px solid currentColor;
    padding-inline-start: 0.7em;
  }
  .card {
    background: var(--surface);
    border: 1px solid var(--border);
    border-radius: var(--radius);
    padding: 0.9em;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5em;
    margin-top: 0.3em;
  }
  .choice {
    display: grid;
    justify-items: center;
    gap: 0.2em;
    padding: 0.6em 0.8em;
    border: 1px solid var(--border);
    border-radius: var(--radius);
    background: var(--surface);
    cursor: pointer;
    font-weight: 400;
    text-align: center;
  }
  .choices.even {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr));
  }
  .choice.said {
    grid-template-columns: auto 1fr;
    justify-items: start;
    align-content: start;
    column-gap: 0.6em;
    text-align: start;
  }
  .choice.said > :nth-child(n + 3) {
    grid-column: 2;
  }
  .choice:has(:checked) {
    border-color: var(--accent);
    box-shadow: inset 0 0 0 1px var(--accent);
  }
  .choice input {
    margin: 0;
  }
  .badge {
    position: absolute;
    inset-block-start: 6px;
    inset-inline-start: 6px;
    padding: 1px 6px;
    border-radius: 4px;
    background: #000c;
    color: #fff;
    font: 600 12px/1.4 system-ui, sans-serif;
    pointer-events: none;
  }
  progress {
    width: 100%;
    height: 0.8em;
    accent-color: var(--accent);
  }
  dialog {
    width: min(46rem, calc(100vw - 1rem));
    max-height: calc(100dvh - 1rem);
    overflow: auto;
    overscroll-behavior: contain;
    padding: 1rem;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--border);
    border-radius: calc(var(--radius) * 1.5);
  }
  dialog::backdrop {
    background: #0009;
  }
  .row.end {
    justify-content: end;
  }
  .row.bottom {
    align-items: end;
  }
  /* A line that says nothing yet takes no room, but is there for screen readers to watch. */
  [role]:empty {
    position: absolute;
  }
  summary {
    cursor: pointer;
    font-weight: 600;
  }
  details[open] > summary {
    margin-bottom: 0.6em;
  }
  p,
  strong,
  option {
    overflow-wrap: anywhere;
  }
`;
