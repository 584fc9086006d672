// What Replicate publishes of each model, as the double serves it and holds requests to it. Written from the models' own pages and
// predict.py, and not from our catalogue: the two are compared.

export interface Field {
  type: 'string' | 'integer' | 'number' | 'boolean';
  default?: unknown;
  minimum?: number;
  maximum?: number;
  enum?: string[];
  format?: 'uri';
}

export interface PublishedModel {
  /** Versions that can be run, the newest first. */
  versions: Set<string>;
  /** Asked for by its name. */
  official: boolean;
  fields: Record<string, Field>;
  required: string[];
  output: 'uri' | 'uri[]';
}

const text = (value?: string): Field => ({ type: 'string', ...(value !== undefined && { default: value }) });
const image: Field = { type: 'string', format: 'uri' };
const whole = (value: number, minimum?: number, maximum?: number): Field => ({
  type: 'integer',
  default: value,
  ...(minimum !== undefined && { minimum }),
  ...(maximum !== undefined && { maximum }),
});
const real = (value: number, minimum: number, maximum: number): Field => ({
  type: 'number',
  default: value,
  minimum,
  maximum,
});
const choice = (value: string, ...others: string[]): Field => ({
  type: 'string',
  default: value,
  enum: [value, ...others],
});
const flag = (value: boolean): Field => ({ type: 'boolean', default: value });
const seed: Field = { type: 'integer' };

const SDXL: PublishedModel = {
  versions: new Set(['7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc']),
  official: false,
  required: [],
  output: 'uri[]',
  fields: {
    prompt: text('An astronaut riding a rainbow unicorn'),
    negative_prompt: text(''),
    image,
    mask: image,
    width: whole(1024),
    height: whole(1024),
    num_outputs: whole(1, 1, 4),
    scheduler: {
      ...choice('K_EULER'),
      enum: ['DDIM', 'DPMSolverMultistep', 'HeunDiscrete', 'KarrasDPM', 'K_EULER_ANCESTRAL', 'K_EULER', 'PNDM'],
    },
    num_inference_steps: whole(50, 1, 500),
    guidance_scale: real(7.5, 1, 50),
    prompt_strength: real(0.8, 0, 1),
    seed,
    refine: choice('no_refiner', 'expert_ensemble_refiner', 'base_image_refiner'),
    high_noise_frac: real(0.8, 0, 1),
    refine_steps: { type: 'integer' },
    apply_watermark: flag(true),
    lora_scale: real(0.6, 0, 1),
    replicate_weights: text(),
    disable_safety_checker: flag(false),
  },
};

const INSTANT_ID: PublishedModel = {
  versions: new Set(['2e4785a4d80dadf580077b2244c8d7c05d8e3faac04a04c02d8e099dd2876789']),
  official: false,
  required: ['image'],
  output: 'uri[]',
  fields: {
    image,
    pose_image: image,
    prompt: text('a person'),
    negative_prompt: text(''),
    sdxl_weights: choice('stable-diffusion-xl-base-1.0', 'juggernaut-xl-v8', 'albedobase-xl-20', 'dreamshaper-xl'),
    scheduler: choice('EulerDiscreteScheduler', 'DEISMultistepScheduler', 'HeunDiscreteScheduler'),
    num_inference_steps: whole(30, 1, 500),
    guidance_scale: real(7.5, 1, 50),
    ip_adapter_scale: real(0.8, 0, 1.5),
    controlnet_conditioning_scale: real(0.8, 0, 1.5),
    enable_pose_controlnet: flag(true),
    pose_strength: real(0.4, 0, 1),
    output_format: choice('webp', 'jpg', 'png'),
    output_quality: whole(80, 0, 100),
    seed,
    num_outputs: whole(1, 1, 8),
    disable_safety_checker: flag(false),
  },
};

const PHOTOMAKER: PublishedModel = {
  versions: new Set(['ddfc2b08d209f9fa8c1eca692712918bd449f695dabb4a958da31802a9570fe4']),
  official: false,
  required: ['input_image'],
  output: 'uri[]',
  fields: {
    input_image: image,
    input_image2: image,
    input_image3: image,
    input_image4: image,
    prompt: text('A photo of a person img'),
    style_name: choice('Photographic (Default)', '(No style)', 'Cinematic', 'Disney Charactor', 'Comic book'),
    negative_prompt: text('nsfw, lowres, bad anatomy'),
    num_steps: whole(20, 1, 100),
    style_strength_ratio: real(20, 15, 50),
    num_outputs: whole(1, 1, 4),
    guidance_scale: real(5, 1, 10),
    seed: { type: 'integer', minimum: 0, maximum: 2147483647 },
    disable_safety_checker: flag(false),
  },
};

const IP_ADAPTER: PublishedModel = {
  versions: new Set(['904dc004af1dba5c9b13fc9e41635aeb2f9a177896a396ab3393f3f6493dbdd4']),
  official: false,
  required: ['image'],
  output: 'uri[]',
  fields: {
    image,
    prompt: text(''),
    negative_prompt: text(''),
    scale: real(0.6, 0, 1),
    num_outputs: whole(1, 1, 4),
    num_inference_steps: whole(30, 1, 500),
    seed,
  },
};

const PULID: PublishedModel = {
  versions: new Set(['8baa7ef2255075b46f4d91cd238c21d31181b3e6a864463f967960bb0112525b']),
  official: false,
  required: ['main_face_image'],
  output: 'uri[]',
  fields: {
    main_face_image: image,
    prompt: text('portrait, color, cinematic'),
    negative_prompt: text('bad quality, worst quality'),
    width: whole(896, 256, 1536),
    height: whole(1152, 256, 1536),
    num_steps: whole(20, 1, 20),
    start_step: whole(0, 0, 10),
    guidance_scale: real(4, 1, 10),
    id_weight: real(1, 0, 3),
    seed,
    true_cfg: real(1, 1, 10),
    max_sequence_length: whole(128, 128, 512),
    output_format: choice('webp', 'jpg', 'png'),
    output_quality: whole(80, 1, 100),
    num_outputs: whole(1, 1, 4),
  },
};

const KONTEXT: PublishedModel = {
  versions: new Set(['897a70f5a7dbd8a0611413b3b98cf417b45f266bd595c571a22947619d9ae462']),
  official: true,
  required: ['prompt'],
  output: 'uri',
  fields: {
    prompt: text(),
    input_image: image,
    aspect_ratio: choice(
      ...(['match_input_image', '1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '4:5', '5:4'] as const),
      ...['21:9', '9:21', '2:1', '1:2'],
    ),
    prompt_upsampling: flag(false),
    seed,
    output_format: choice('png', 'jpg'),
    safety_tolerance: whole(2, 0, 6),
  },
};

const MODELS: [name: string, model: PublishedModel][] = [
  ['stability-ai/sdxl', SDXL],
  ['zsxkib/instant-id', INSTANT_ID],
  ['tencentarc/photomaker', PHOTOMAKER],
  ['chigozienri/ip_adapter-sdxl', IP_ADAPTER],
  ['bytedance/flux-pulid', PULID],
  ['black-forest-labs/flux-kontext-pro', KONTEXT],
];

/** A copy of its own for each double, so that a test may change what is published. */
export function publishedModels(): Map<string, PublishedModel> {
  const copies = MODELS.map(([name, model]): [string, PublishedModel] => {
    const fields = Object.entries(model.fields).map(([field, rules]) => [field, { ...rules }]);
    return [name, { ...structuredClone(model), fields: Object.fromEntries(fields) }];
  });
  return new Map(copies);
}

/** As served under `openapi_schema` of a version, cut down to input and output; choices stand apart, as Cog puts them. */
export function openapiSchema({ fields, required, output }: PublishedModel): object {
  const choices = Object.entries(fields).filter(([, field]) => field.enum);
  const address: Field = { type: 'string', format: 'uri' };
  const properties = Object.entries(fields).map(([name, field]) => {
    const pointer = { allOf: [{ $ref: `#/components/schemas/${name}` }], default: field.default };
    return [name, field.enum ? pointer : field];
  });
  return {
    openapi: '3.0.2',
    info: { title: 'Cog', version: '0.1.0' },
    components: {
      schemas: {
        Input: { type: 'object', title: 'Input', properties: Object.fromEntries(properties), required },
        Output: output === 'uri' ? { ...address, title: 'Output' } : { type: 'array', items: address, title: 'Output' },
        ...Object.fromEntries(choices.map(([name, field]) => [name, { type: field.type, enum: field.enum }])),
      },
    },
  };
}
