// What a model on Replicate refuses, says and draws: the input's rules, the run's logs, and a picture derived from prompt and seed.
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Field, PublishedModel } from './replicate-models.ts';

export type Input = Record<string, unknown>;

export interface InvalidField {
  type: string;
  field: string;
  description: string;
}

/** Everything wrong with an input, in the words of the API. */
export function inputFaults(input: unknown, { fields, required }: PublishedModel): InvalidField[] {
  if (typeOf(input) !== 'object') {
    return [{ type: 'invalid_type', field: 'input', description: wrongType('object', input) }];
  }
  const absent = required.filter((name) => !(name in (input as Input)));
  const missing = absent.map((name) => ({ type: 'required', field: 'input', description: `${name} is required` }));
  const wrong = Object.entries(input as Input).flatMap(([name, value]) => {
    const field = fields[name];
    if (!field) return [notAllowed('input', name)];
    return fieldFaults(name, field, value).map(([type, description]) => ({
      type,
      field: `input.${name}`,
      description,
    }));
  });
  return [...missing, ...wrong];
}

export function notAllowed(field: string, name: string): InvalidField {
  const description = `Additional property ${name} is not allowed`;
  return { type: 'additional_property_not_allowed', field, description };
}

export function wrongType(expected: string, value: unknown): string {
  return `Invalid type. Expected: ${expected}, given: ${typeOf(value)}`;
}

function fieldFaults(name: string, field: Field, value: unknown): [type: string, description: string][] {
  const type = typeOf(value);
  if (type !== field.type && !(type === 'integer' && field.type === 'number')) {
    return [['invalid_type', wrongType(field.type, value)]];
  }
  const { minimum = -Infinity, maximum = Infinity } = field;
  if (Number(value) < minimum) return [['number_gte', `Must be greater than or equal to ${minimum}`]];
  if (Number(value) > maximum) return [['number_lte', `Must be less than or equal to ${maximum}`]];
  const options = field.enum?.map((option) => `"${option}"`).join(', ');
  if (options && !field.enum?.includes(String(value))) {
    return [['enum', `${name} must be one of the following: ${options}`]];
  }
  return field.format === 'uri' && !/^(https?:\/\/\S|data:)/.test(String(value))
    ? [['format', "Does not match format 'uri'"]]
    : [];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** What makes the run itself fail, though the input was accepted; undefined when it can draw. */
export function runError(input: Input): string | undefined {
  const { width, height } = sizeAsked(input);
  if (typeof input.image === 'string' || (width % 8 === 0 && height % 8 === 0)) return undefined;
  return `\`height\` and \`width\` have to be divisible by 8 but are ${height} and ${width}.`;
}

/** The logs of a run that is `fraction` (0–1) through its steps. img2img runs only as many steps as its strength asks for. */
export function logsOf(input: Input, fraction: number): string {
  const img2img = typeof input.image === 'string';
  const strength = img2img ? Number(input.prompt_strength ?? 0.8) : 1;
  const total = Math.max(1, Math.floor(Number(input.num_inference_steps ?? 50) * strength));
  const done = Math.floor(total * fraction);
  const weights = input.replicate_weights;
  const lora = ['Loading fine-tuned model', 'Does not have Unet. assume we are using LoRA', 'Loading Unet LoRA'];
  return [
    `Using seed: ${input.seed ?? 0}`,
    ...(weights ? lora : []),
    `Prompt: ${String(input.prompt ?? '').replaceAll('TOK', weights ? '<s0><s1>' : 'TOK')}`,
    img2img ? 'img2img mode' : 'txt2img mode',
    ...[...new Set([0, Math.floor(done / 2), done])].map((step) => bar(step, total)),
    '',
  ].join('\n');
}

function bar(step: number, total: number): string {
  const percent = Math.floor((step / total) * 100);
  const filled = '█'.repeat(Math.floor(percent / 10)).padEnd(10, ' ');
  return `${String(percent).padStart(3)}%|${filled}| ${step}/${total} [00:01<00:01, 17.09it/s]`;
}

/** A PNG of flat squares: the same input always gives the same bytes. img2img keeps the init image as far as strength says. */
export async function draw(input: Input): Promise<Buffer> {
  const init = initImage(input);
  const { width, height } = init ? await roundedSize(init) : sizeAsked(input);
  if (!init) return squares(input, width, height, 255);
  const alpha = Math.round(Number(input.prompt_strength ?? 0.8) * 255);
  const overlay = await squares(input, width, height, alpha);
  return sharp(init)
    .resize(width, height)
    .composite([{ input: overlay }])
    .png()
    .toBuffer();
}

function squares(input: Input, width: number, height: number, alpha: number): Promise<Buffer> {
  const key = createHash('sha256')
    .update(JSON.stringify([input.prompt, input.seed]))
    .digest();
  const pixels = Buffer.from(
    Array.from({ length: 64 }, (_, i) => [
      key[i % 32] ?? 0,
      key[(i + 11) % 32] ?? 0,
      key[(i + 23) % 32] ?? 0,
      alpha,
    ]).flat(),
  );
  const small = sharp(pixels, { raw: { width: 8, height: 8, channels: 4 } });
  const large = small.resize(width, height, { kernel: 'nearest', fit: 'fill' });
  return (alpha === 255 ? large.removeAlpha() : large).png().toBuffer();
}

/** Only data: addresses are read; the double fetches nothing. */
function initImage(input: Input): Buffer | undefined {
  const base64 = /^data:image\/\w+;base64,(.+)$/s.exec(String(input.image ?? ''))?.[1];
  return base64 ? Buffer.from(base64, 'base64') : undefined;
}

async function roundedSize(image: Buffer): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(image).metadata();
  return { width: width - (width % 8), height: height - (height % 8) };
}

function sizeAsked(input: Input): { width: number; height: number } {
  return { width: Number(input.width ?? 1024), height: Number(input.height ?? 1024) };
}
