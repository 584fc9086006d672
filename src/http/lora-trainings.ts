// Doors to the LoRA trainings of a character: ask for one, follow it, cancel it.
import { z } from 'zod';
import { LoraTraining, LoraTrainingRequest } from '../contract.ts';
import type { TrainingRequests } from '../training/request.ts';
import type { Trainings } from '../training/trainings.ts';
import { idempotencyOf } from './idempotency.ts';
import { accepted, idText, locationOf, ok, type Routes } from './route.ts';

const byId = z.object({ id: idText });
const byBoth = z.object({ id: idText, trainingId: z.string().regex(/^[\w-]{1,64}$/, 'is no id of a training') });
const tag = 'Characters';

export function addLoraTrainingRoutes(
  routes: Routes,
  { trainings, trainingRequests }: { trainings: Trainings; trainingRequests: TrainingRequests },
): void {
  routes.add({
    method: 'post',
    path: '/characters/:id/lora-trainings',
    tag,
    summary: 'Train weights of the character on its own pictures; they are used from then on',
    params: byId,
    body: LoraTrainingRequest,
    generates: true,
    replies: { 202: LoraTraining },
    handle: async (permissions, { params, body, req }) => {
      const row = await trainingRequests.request(permissions, params.id, body, idempotencyOf(req, body));
      return accepted(trainings.present(row), locationOf(req, `/characters/${params.id}/lora-trainings/${row.id}`));
    },
  });

  routes.add({
    method: 'get',
    path: '/characters/:id/lora-trainings',
    tag,
    summary: 'The trainings of a character, newest first; for those who may edit it',
    params: byId,
    replies: { 200: z.array(LoraTraining) },
    handle: async (permissions, { params }) => ok(await trainings.list(permissions, params.id)),
  });

  routes.add({
    method: 'get',
    path: '/characters/:id/lora-trainings/:trainingId',
    tag,
    summary: 'One training',
    params: byBoth,
    replies: { 200: LoraTraining },
    handle: async (permissions, { params }) => ok(await trainings.get(permissions, params.id, params.trainingId)),
  });

  routes.add({
    method: 'delete',
    path: '/characters/:id/lora-trainings/:trainingId',
    tag,
    summary: 'Cancel a training, and the pictures that are still being made for it',
    params: byBoth,
    replies: { 200: LoraTraining },
    handle: async (permissions, { params }) => ok(await trainings.cancel(permissions, params.id, params.trainingId)),
  });
}
