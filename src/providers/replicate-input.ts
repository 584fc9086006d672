// Builds a model's input from its catalogue entry: our words under its names, what it has no name for left out.
import type { CatalogueEntry, Word } from './catalogue.ts';
import type { Model } from './models.ts';
import { type PictureRequest, ProviderError } from './provider.ts';

export type Input = Record<string, string | number | boolean>;

/** @throws ProviderError when the model would refuse it */
export function inputOf({ id, entry }: Model, request: PictureRequest): Input {
  const said = wordsOf(request);
  const input: Input = { ...entry.constants };
  for (const [word, field] of Object.entries(entry.fields) as [Word, string][]) {
    const value = said[word];
    // A key without a value is left out: null is refused as a wrong type.
    if (value === null) continue;
    if (!isWithin(entry, word, value)) throw new ProviderError('refused', `${id} takes no ${word} of ${value}`);
    input[field] = value;
  }
  return input;
}

function wordsOf(request: PictureRequest): Record<Word, string | number | null> {
  const { reference, prompt_strength, identity, lora, ...rest } = request;
  return {
    prompt: rest.prompt,
    negative_prompt: rest.negative_prompt,
    seed: rest.seed,
    width: rest.width,
    height: rest.height,
    aspect_ratio: rest.aspect_ratio,
    num_inference_steps: rest.num_inference_steps,
    guidance_scale: rest.guidance_scale,
    reference: reference && dataUrl(reference),
    prompt_strength: reference && prompt_strength,
    identity_image: identity?.image ? dataUrl(identity.image) : null,
    identity_strength: identity?.strength ?? null,
    lora_weights: lora?.weights ?? null,
    lora_scale: lora?.scale ?? null,
  };
}

function isWithin({ ranges }: CatalogueEntry, word: Word, value: string | number): boolean {
  const [min, max] = ranges[word] ?? [-Infinity, Infinity];
  return typeof value === 'string' || (value >= min && value <= max);
}

/** In the request itself: an uploaded file would be a second thing to lose, and the images are small enough by then. */
function dataUrl(bytes: Buffer): string {
  return `data:${mimeType(bytes)};base64,${bytes.toString('base64')}`;
}

function mimeType(bytes: Buffer): string {
  const start = bytes.subarray(0, 12).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  throw new ProviderError('refused', 'the reference is neither PNG, JPEG nor WebP');
}
