// The auditor on the log: what must never be written down, for logs travel to places that nobody thought of.
import type { Rows } from './evidence.ts';

/** I8 no secret, cookie or prompt in the log. */
export function* auditLog(log: string, secrets: string[], { generations }: Rows): Generator<string> {
  for (const secret of secrets) if (log.includes(secret)) yield `I8 a secret is in the log: ${secret.slice(0, 3)}…`;
  const cookie = /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]+/.exec(log);
  if (cookie) yield 'I8 a login token is in the log';
  for (const { id, recipe } of generations) {
    const { prompt, scene } = JSON.parse(recipe) as { prompt: string; scene: string };
    const told = [prompt, scene].filter((text) => text.length > 8 && log.includes(text));
    if (told.length > 0) yield `I8 ${id}: its words are in the log`;
  }
}
