// The kinds of value that settings have, read from their text.
import { z } from 'zod';

export const url = z
  .string()
  .refine((value) => /^https?:\/\/[^\s?#]+$/.test(value) && URL.canParse(value), 'must be an http(s) address')
  .transform((value) => value.replace(/\/+$/, ''));
export const origin = z
  .string()
  .regex(
    /^(https:\/\/(\*\.)?[\w.-]+(:\d+)?|http:\/\/127\.0\.0\.1:\d+)$/,
    'must be https://host, https://*.host or http://127.0.0.1:PORT',
  );
/** Sent in a header. What cannot be, fetch would tell in its error, and so in the log. */
export const bearer = z.string().regex(/^[\x21-\x7e]+$/, 'must be visible ASCII signs without spaces');
export const number = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
export const integer = (min: number, max: number) => number(min, max).pipe(z.int());
export const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

const StyleLoras = z.record(
  z.string(),
  z.strictObject({
    weights: z.url({ protocol: /^https$/ }),
    scale: z.number().min(0).max(1).default(0.6),
    trigger: z
      .string()
      .regex(/^[A-Za-z0-9_-]{2,30}$/)
      .default('TOK'),
  }),
  'must be JSON: {"style id": {"weights": "https://…", "scale": 0–1, "trigger": "TOK"}}',
);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const styleLoras = z.string().transform(parseJson).pipe(StyleLoras);
