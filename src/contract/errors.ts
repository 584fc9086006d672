// The one shape of every refusal.
import { z } from 'zod';

export const ErrorReply = z
  .object({
    error: z.string().describe('A sentence for a person'),
    code: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    request_id: z.string(),
  })
  .meta({ id: 'Error' });

export type ErrorReply = z.output<typeof ErrorReply>;
