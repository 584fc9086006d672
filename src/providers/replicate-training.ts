// Trains weights on Replicate with SDXL's own trainer: one paid request for each attempt, everything else safe to repeat.
import { z } from 'zod';
import { ProviderError } from './provider.ts';
import {
  type Api,
  ask,
  create,
  modelParts,
  pollIntervalOf,
  search,
  USD_PER_SECOND,
  unlessUnknown,
} from './replicate-api.ts';
import { downloadWeights } from './replicate-download.ts';
import { failureText, ListedAnswer, progressOf, statusOf } from './replicate-prediction.ts';
import { webhookMembers } from './replicate-webhook.ts';
import type { Trainer, Training, TrainingAttempt, TrainingRequest } from './trainer.ts';

/** Milliseconds. Twenty pictures are some 10 MB, weights some 190. */
const UPLOAD_MS = 120_000;
const WEIGHTS_MS = 600_000;

/** Wide, since no other training has the same archive; and a search that misses one would have it paid again. */
const MAX_CLOCK_SKEW_MS = 3_600_000;

const UploadedFile = z.object({ urls: z.object({ get: z.url({ protocol: /^https?$/ }).max(1000) }) });
const Weights = z.object({ weights: z.string() });

/** @param destination `owner/name` of a model of the operator's, where each training leaves a version */
export function createReplicateTrainer(api: Api, destination: string): Trainer {
  const model = modelParts(api.config.model);
  return {
    usdPerSecond: USD_PER_SECOND,
    pollIntervalMs: pollIntervalOf(api.config),
    upload: (archive) => upload(api, archive),
    train: (request, attempt) => train(api, destination, request, attempt),
    async find(request, attempt) {
      const known = await find(api, request, attempt);
      return known && toTraining(known, model.version);
    },
    async get(trainingId) {
      const answer = await unlessUnknown(ask(api, ListedAnswer, (client) => client.trainings.get(trainingId)));
      return answer && toTraining(answer, model.version);
    },
    async cancel(trainingId) {
      await unlessUnknown(ask(api, ListedAnswer, (client) => client.trainings.cancel(trainingId)));
    },
    download: (training, _request, path) => download(api, training, path),
    check: () => checkDestination(api, destination),
  };
}

/** Replicate keeps it for a day, which is far longer than a training takes to read it. */
async function upload(api: Api, archive: Buffer): Promise<string> {
  const file = new File([new Uint8Array(archive)], 'pictures.zip', { type: 'application/zip' });
  const limits = { deadlineMs: UPLOAD_MS };
  const { urls } = await ask(api, UploadedFile, (client) => client.files.create(file), limits);
  return urls.get;
}

async function train(
  api: Api,
  destination: string,
  request: TrainingRequest,
  { trainingId, nonce }: TrainingAttempt,
): Promise<Training> {
  const { owner, name, version } = modelParts(api.config.model);
  const { webhook } = api.config;
  const subject = { training: trainingId, nonce };
  const body = { destination, input: toInput(request), ...(webhook && webhookMembers(webhook.url, subject)) };
  const path = `/models/${owner}/${name}/versions/${version}/trainings`;
  return toTraining(await create(api, path, body, ListedAnswer), version);
}

/** The address of its archive is in no other request. */
function find(api: Api, { archive }: TrainingRequest, { submittedAt, hint }: TrainingAttempt) {
  return search(api, {
    submittedAt,
    window: { beforeMs: MAX_CLOCK_SKEW_MS, afterMs: Infinity },
    hint,
    item: ListedAnswer,
    get: (client, id) => client.trainings.get(id),
    list: (client) => client.trainings.list(),
    isWanted: ({ input }) => input.input_images === archive,
  });
}

/** The captions name the trigger themselves; the trainer's prefix is for pictures without one, and has to name it, too. */
function toInput({ archive, trigger, seed, steps }: TrainingRequest): Record<string, string | number | boolean> {
  return {
    input_images: archive,
    // The trainer would go by the ending, and the address of an uploaded file has none.
    input_images_filetype: 'zip',
    is_lora: true,
    token_string: trigger,
    caption_prefix: `a photo of ${trigger}, `,
    max_train_steps: steps,
    seed,
  };
}

function toTraining(answer: z.output<typeof ListedAnswer>, askedVersion: string): Training {
  const output = answer.data_removed ? undefined : Weights.safeParse(answer.output).data;
  return {
    id: answer.id,
    status: statusOf(answer),
    progress: progressOf(answer.logs ?? ''),
    weights: output?.weights ?? null,
    failure: answer.status === 'failed' ? failureText(answer.error) : null,
    modelVersion: answer.version ?? askedVersion,
    trainSeconds: answer.metrics?.predict_time ?? null,
  };
}

async function download({ config, deadlines }: Api, training: Training, path: string): Promise<void> {
  if (training.weights === null) throw new ProviderError('refused', `training ${training.id} has no weights`);
  const limits = { totalMs: WEIGHTS_MS, stallMs: deadlines.stallMs };
  await downloadWeights(training.weights, config.outputOrigins, path, limits);
}

/** A training without a model to go to is refused, and only after everything was made ready for it. */
async function checkDestination(api: Api, destination: string): Promise<void> {
  const [owner = '', name = ''] = destination.split('/');
  const schema = z.object({ name: z.string() });
  const found = await unlessUnknown(ask(api, schema, (client) => client.models.get(owner, name)));
  if (!found) throw new ProviderError('unavailable', `Replicate does not know the model ${destination}`);
}
