// How long anything is waited for.

/** How long a test waits for a state, ms. It says only how busy a machine may be: a test that passes never waits it out. */
export const PATIENCE_MS = 60_000;
