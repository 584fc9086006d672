// Makes the keys under which requests are known, so that one that is repeated counts once.

/** Not by `crypto.randomUUID`: over plain http, as in a network at home, browsers do not have it. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
