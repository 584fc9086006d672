// Reports of pictures as admins see them.
import { z } from 'zod';
import { Id, Time } from './fields.ts';
import { PostImage } from './pictures.ts';

export const PictureReport = z
  .object({
    id: Id,
    post_image_id: Id,
    post_image: PostImage.nullable().describe('Null when it is gone'),
    user_id: Id.nullable().describe('Who reported it; null for one who was erased'),
    reason: z.string(),
    created_at: Time,
    status: z.enum(['open', 'resolved']),
    resolution: z.enum(['dismissed', 'taken_down', 'deleted']).nullable(),
    resolved_at: Time.nullable(),
  })
  .meta({ id: 'PictureReport' });

export type PictureReport = z.output<typeof PictureReport>;
