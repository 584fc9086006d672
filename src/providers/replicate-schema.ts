// Compares a catalogue entry with the schema that Replicate publishes of the model: what would be refused is found before anybody asks.
import { z } from 'zod';
import { ASPECT_RATIOS } from '../contract.ts';
import type { CatalogueEntry, Word } from './catalogue.ts';

interface Property {
  $ref?: string;
  allOf?: Property[];
  anyOf?: Property[];
  type?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
  items?: Property;
}

const property: z.ZodType<Property> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    allOf: z.array(property).optional(),
    anyOf: z.array(property).optional(),
    type: z.string().optional(),
    format: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    enum: z.array(z.unknown()).optional(),
    items: property.optional(),
  }),
);

export const Published = z.object({
  components: z.object({
    schemas: z
      .object({
        Input: z.object({ properties: z.record(z.string(), property), required: z.array(z.string()).default([]) }),
        Output: property,
      })
      .catchall(z.unknown()),
  }),
});
type Schemas = z.output<typeof Published>['components']['schemas'];

type Kind = 'string' | 'integer' | 'number' | 'boolean';

const KINDS: Record<Word, Kind> = {
  prompt: 'string',
  negative_prompt: 'string',
  seed: 'integer',
  width: 'integer',
  height: 'integer',
  aspect_ratio: 'string',
  num_inference_steps: 'integer',
  guidance_scale: 'number',
  reference: 'string',
  prompt_strength: 'number',
  identity_image: 'string',
  identity_strength: 'number',
  lora_weights: 'string',
  lora_scale: 'number',
};
/** Words that not every request says. */
const SOMETIMES: readonly Word[] = ['reference', 'prompt_strength', 'lora_weights', 'lora_scale'];

/** One sentence for each difference that would have a request refused or its answer misread. */
export function differences(entry: CatalogueEntry, { components: { schemas } }: z.output<typeof Published>): string[] {
  const { properties, required } = schemas.Input;
  const words = Object.entries(entry.fields) as [Word, string][];
  const always = words.filter(([word]) => !SOMETIMES.includes(word)).map(([, field]) => field);
  const sent = new Set([...always, ...Object.keys(entry.constants)]);
  const lookUp = (field: string) => properties[field] && resolved(properties[field], schemas);
  return [
    ...words.flatMap(([word, field]) =>
      ofWord(entry, word, lookUp(field)).map((fault) => `${field} (${word}) ${fault}`),
    ),
    ...Object.entries(entry.constants).flatMap(([field, value]) =>
      ofConstant(value, lookUp(field)).map((fault) => `${field} ${fault}`),
    ),
    ...required.filter((field) => !sent.has(field)).map((field) => `${field} is required there and not sent`),
    ...ofOutput(entry, resolved(schemas.Output, schemas), schemas),
  ];
}

function ofWord(entry: CatalogueEntry, word: Word, there: Property | undefined): string[] {
  if (!there) return ['is not among its inputs'];
  const kind = KINDS[word];
  if (!takes(there, kind)) return [`is of type ${there.type} there, and ${kind} here`];
  const range = entry.ranges[word];
  const { minimum = -Infinity, maximum = Infinity } = there;
  if (range && (range[0] < minimum || range[1] > maximum))
    return [`may be ${minimum} to ${maximum} there, and ${range[0]} to ${range[1]} here`];
  const missing = word === 'aspect_ratio' ? ASPECT_RATIOS.filter((ratio) => there.enum?.includes(ratio) === false) : [];
  return missing.length > 0 ? [`cannot be ${missing.join(', ')} there`] : [];
}

function ofConstant(value: string | number | boolean, there: Property | undefined): string[] {
  if (!there) return ['is not among its inputs'];
  const kind = Number.isInteger(value) ? 'integer' : (typeof value as Kind);
  if (!takes(there, kind)) return [`is of type ${there.type} there, and ${kind} here`];
  const { minimum = -Infinity, maximum = Infinity } = there;
  const isOut = typeof value === 'number' && (value < minimum || value > maximum);
  return isOut || there.enum?.includes(value) === false ? [`cannot be ${value} there`] : [];
}

function ofOutput({ output }: CatalogueEntry, there: Property, schemas: Schemas): string[] {
  const isList = there.type === 'array';
  const { type, format } = isList ? resolved(there.items ?? {}, schemas) : there;
  const kind = type === 'string' && format === 'uri' ? (isList ? 'uri[]' : 'uri') : 'something else';
  return kind === output ? [] : [`the output is ${kind} there, and ${output} here`];
}

function takes({ type }: Property, kind: Kind): boolean {
  return type === undefined || type === kind || (type === 'number' && kind === 'integer');
}

/** Choices stand apart and are pointed to; what may be left out is "this or null". */
function resolved(given: Property, schemas: Schemas): Property {
  const { $ref, allOf = [], anyOf = [], ...own } = given;
  const target = $ref && property.safeParse(schemas[$ref.split('/').at(-1) ?? '']).data;
  const parts = [...(target ? [target] : []), ...allOf, ...anyOf.filter(({ type }) => type !== 'null')];
  return Object.assign({}, ...parts.map((part) => resolved(part, schemas)), own);
}
