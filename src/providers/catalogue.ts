// The models on Replicate that the service can draw with: what our words are called there, what each takes, and what it costs.
// Adding a model is adding an entry. At start each configured one is compared with the schema that Replicate publishes.
import type { Strategy } from '../contract.ts';

/** What a picture is asked for with, in our words. */
export type Word =
  | 'prompt'
  | 'negative_prompt'
  | 'seed'
  | 'width'
  | 'height'
  | 'aspect_ratio'
  | 'num_inference_steps'
  | 'guidance_scale'
  | 'reference'
  | 'prompt_strength'
  | 'identity_image'
  | 'identity_strength'
  | 'lora_weights'
  | 'lora_scale';

/** US dollars: for each second that a prediction ran, or for each picture that came of it. */
export interface Price {
  usd: number;
  per: 'second' | 'picture';
}

export interface CatalogueEntry {
  /** By its version at /predictions; or, as an official model, by its name at /models/owner/name/predictions: always its newest. */
  route: 'version' | 'official';
  /** For settings that name none. An official model has none to name. */
  version: string | null;
  strategies: readonly Strategy[];
  /** What our words are called there; what has no name there is not sent. */
  fields: Partial<Record<Word, string>> & { prompt: string };
  /** Sent with every request. One picture each, where that can be said: a seed belongs to the whole batch. */
  constants: Readonly<Record<string, string | number | boolean>>;
  /** What our numbers may be; beyond them the model would refuse the request. */
  ranges: Partial<Record<Word, readonly [min: number, max: number]>>;
  /** What a recipe says where the model draws by an identity image; a lever that it does not have is null. */
  identity: { strength: number | null; num_inference_steps: number | null; guidance_scale: number | null } | null;
  /** The word that stands for the identity image, and has to follow the word for who it shows: "a person img". */
  trigger: string | null;
  output: 'uri' | 'uri[]';
  /** Null where no published price is known: then the settings have to say it. */
  price: (Price & { source: string }) | null;
  /** What it reads of a prompt, in CLIP's tokens; null: more than our prompts ever have. */
  prompt_tokens: number | null;
  /** Whether the same request makes the same picture again, as far as is known. */
  deterministic: boolean;
  /** What an operator should know before using it. */
  license: string | null;
  /** Where these facts are from. */
  source: string;
}

const FREE_SEED = [0, 2 ** 32 - 1] as const;
const RESEARCH_FACES =
  'The face models (InsightFace) are for research only: ask their makers before any commercial use.';

export const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  'stability-ai/sdxl': {
    route: 'version',
    version: '7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc',
    strategies: ['prompt', 'reference', 'lora'],
    fields: {
      prompt: 'prompt',
      negative_prompt: 'negative_prompt',
      seed: 'seed',
      width: 'width',
      height: 'height',
      num_inference_steps: 'num_inference_steps',
      guidance_scale: 'guidance_scale',
      reference: 'image',
      prompt_strength: 'prompt_strength',
      lora_weights: 'replicate_weights',
      lora_scale: 'lora_scale',
    },
    // The refiner stays off because trained weights are never loaded into it; the safety checker stays on.
    constants: { num_outputs: 1, scheduler: 'K_EULER', refine: 'no_refiner', apply_watermark: true },
    ranges: {
      seed: FREE_SEED,
      num_inference_steps: [1, 500],
      guidance_scale: [1, 50],
      prompt_strength: [0, 1],
      lora_scale: [0, 1],
    },
    identity: null,
    trigger: null,
    output: 'uri[]',
    price: { usd: 0.000975, per: 'second', source: 'Nvidia L40S: replicate.com/stability-ai/sdxl/train' },
    prompt_tokens: 75,
    deterministic: true,
    license: null,
    source: 'its published schema, and predict.py of replicate/cog-sdxl',
  },

  'zsxkib/instant-id': {
    route: 'version',
    version: '2e4785a4d80dadf580077b2244c8d7c05d8e3faac04a04c02d8e099dd2876789',
    strategies: ['identity'],
    // No size: the picture gets the shape of the face's picture.
    fields: {
      prompt: 'prompt',
      negative_prompt: 'negative_prompt',
      seed: 'seed',
      num_inference_steps: 'num_inference_steps',
      guidance_scale: 'guidance_scale',
      identity_image: 'image',
      identity_strength: 'ip_adapter_scale',
    },
    constants: { controlnet_conditioning_scale: 0.8, num_outputs: 1, output_format: 'png' },
    ranges: {
      seed: FREE_SEED,
      num_inference_steps: [1, 500],
      guidance_scale: [1, 50],
      identity_strength: [0, 1.5],
    },
    identity: { strength: 0.8, num_inference_steps: 30, guidance_scale: 7.5 },
    trigger: null,
    output: 'uri[]',
    price: null,
    prompt_tokens: 75,
    deterministic: true,
    license: RESEARCH_FACES,
    source: 'its predict.py; the version as programs in public repositories name it',
  },

  'tencentarc/photomaker': {
    route: 'version',
    version: 'ddfc2b08d209f9fa8c1eca692712918bd449f695dabb4a958da31802a9570fe4',
    strategies: ['identity'],
    fields: {
      prompt: 'prompt',
      negative_prompt: 'negative_prompt',
      seed: 'seed',
      num_inference_steps: 'num_steps',
      guidance_scale: 'guidance_scale',
      identity_image: 'input_image',
    },
    // Its own styles would speak against ours.
    constants: { style_name: '(No style)', style_strength_ratio: 20, num_outputs: 1 },
    ranges: { seed: [0, 2 ** 31 - 1], num_inference_steps: [1, 100], guidance_scale: [1, 10] },
    identity: { strength: null, num_inference_steps: 20, guidance_scale: 5 },
    trigger: 'img',
    output: 'uri[]',
    price: null,
    prompt_tokens: 75,
    deterministic: true,
    license: null,
    source: 'its predict.py; the version as programs in public repositories name it',
  },

  'chigozienri/ip_adapter-sdxl': {
    route: 'version',
    version: '904dc004af1dba5c9b13fc9e41635aeb2f9a177896a396ab3393f3f6493dbdd4',
    strategies: ['identity'],
    fields: {
      prompt: 'prompt',
      negative_prompt: 'negative_prompt',
      seed: 'seed',
      num_inference_steps: 'num_inference_steps',
      identity_image: 'image',
      identity_strength: 'scale',
    },
    constants: { num_outputs: 1 },
    ranges: { seed: FREE_SEED, identity_strength: [0, 1] },
    identity: { strength: 0.6, num_inference_steps: 30, guidance_scale: null },
    trigger: null,
    output: 'uri[]',
    price: null,
    prompt_tokens: 75,
    deterministic: true,
    license: null,
    source: "the model's page on replicate.com",
  },

  'bytedance/flux-pulid': {
    route: 'version',
    version: '8baa7ef2255075b46f4d91cd238c21d31181b3e6a864463f967960bb0112525b',
    strategies: ['identity'],
    // A negative prompt counts only with a true_cfg above 1, which doubles the time; so it is not sent.
    fields: {
      prompt: 'prompt',
      seed: 'seed',
      width: 'width',
      height: 'height',
      num_inference_steps: 'num_steps',
      guidance_scale: 'guidance_scale',
      identity_image: 'main_face_image',
      identity_strength: 'id_weight',
    },
    constants: { num_outputs: 1, output_format: 'png' },
    ranges: {
      seed: FREE_SEED,
      width: [256, 1536],
      height: [256, 1536],
      num_inference_steps: [1, 20],
      guidance_scale: [1, 10],
      identity_strength: [0, 3],
    },
    identity: { strength: 1, num_inference_steps: 20, guidance_scale: 4 },
    trigger: null,
    output: 'uri[]',
    price: null,
    prompt_tokens: null,
    deterministic: true,
    license: RESEARCH_FACES,
    source: 'its predict.py; the version as programs in public repositories name it',
  },

  'black-forest-labs/flux-kontext-pro': {
    route: 'official',
    version: null,
    strategies: ['identity'],
    fields: { prompt: 'prompt', seed: 'seed', aspect_ratio: 'aspect_ratio', identity_image: 'input_image' },
    // Without an upsampled prompt the words stay ours; 2 is the most tolerant that it takes together with a picture.
    constants: { prompt_upsampling: false, output_format: 'png', safety_tolerance: 2 },
    ranges: { seed: FREE_SEED },
    identity: { strength: null, num_inference_steps: null, guidance_scale: null },
    trigger: null,
    output: 'uri',
    price: { usd: 0.04, per: 'picture', source: 'quoted by others who call it; see its page on replicate.com' },
    prompt_tokens: null,
    deterministic: false,
    license: null,
    source: "the model's page on replicate.com",
  },
};
