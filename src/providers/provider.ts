// The socket for whoever makes the picture. Adapters turn every outside failure into a ProviderError that says what is known.
import type { AspectRatio } from '../contract.ts';
import type { Trainer } from './trainer.ts';

/** What to draw. Pure data but for the images' bytes; the same request always means the same picture. */
export interface PictureRequest {
  /** As the recipe says: what the provider calls its model, or the one that it draws by identity with. */
  model: string;
  prompt: string;
  negative_prompt: string;
  /** 0 … 2^32 − 1, always sent. */
  seed: number;
  aspect_ratio: AspectRatio;
  /** Pixels, multiples of 64, in this shape. */
  width: number;
  height: number;
  /** The init image for img2img, already width × height; null for txt2img. */
  reference: Buffer | null;
  /** 0–1, how far img2img may leave the reference (1 ignores it); null for txt2img. */
  prompt_strength: number | null;
  /** Replicate-trained weights (URL of a trained_model.tar) and how strongly they act, 0–1. */
  lora: { weights: string; scale: number } | null;
  /** Whom to show, by a picture of them: for a model that knows faces; null for all others. */
  identity: Identity | null;
  /** Null where the model has no such lever. */
  num_inference_steps: number | null;
  guidance_scale: number | null;
}

export interface Identity {
  /** As it was accepted, but for its weight in bytes; null where it is not needed to know the request again. */
  image: Buffer | null;
  /** How much the image counts; null where the model has no such lever. */
  strength: number | null;
  /** That the image was made from, where it is known. */
  seed: number | null;
}

/** A model that draws somebody by a picture of them, and what its recipes say. */
export interface IdentityModel {
  /** For the recipe. */
  model: string;
  strength: number | null;
  num_inference_steps: number | null;
  guidance_scale: number | null;
  /** Its seeds are below this. */
  seeds: number;
  /** The word that stands for the image in the prompt, after the word for who it shows; null where there is none. */
  trigger: string | null;
  /** What it has no lever for is not sent, and those who asked for it are told. */
  takes: { negative_prompt: boolean; shape: boolean };
}

/** One paid try. `nonce` is unique to the try and written to the row before anything is sent. */
export interface Attempt {
  generationId: string;
  nonce: string;
  /** When the row said "submitting"; find() looks from a little before it. */
  submittedAt: Date;
  /** Predictions that other rows hold, whose requests may have been alike to the last detail: find() passes them over. */
  taken?: ReadonlySet<string>;
  /** A prediction that a webhook has named: find() looks there first, and takes it only if it is what was asked for. */
  hint?: string;
}

export type PredictionStatus = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted' | 'unknown';

export interface Prediction {
  id: string;
  status: PredictionStatus;
  /** 0–1 as far as the provider tells; null when it does not. May go backwards: the caller guards. */
  progress: number | null;
  /** Where the pictures are; opaque outside the adapter. */
  outputs: string[];
  /** Set when status is failed: whether the safety checker refused the picture, and the upstream text for the log. */
  failure: { rejected: boolean; message: string } | null;
  /** The version that answered, which may differ from the one asked for. */
  modelVersion: string;
  /** Billed seconds, once known. */
  predictSeconds: number | null;
  /** US dollars, once known. */
  costUsd: number | null;
}

/**
 * What is known about a call that failed:
 * `refused`: it did not happen and would not if repeated; `unavailable`: it did not happen, the operator must act (token, credit);
 * `later`: it did not happen, try again after `retryAfterMs`; `unknown`: it may have happened, never repeat a paid call on it.
 */
export type ProviderErrorKind = 'refused' | 'unavailable' | 'later' | 'unknown';

export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  readonly retryAfterMs: number | undefined;

  constructor(kind: ProviderErrorKind, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ProviderError';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export interface Provider {
  readonly name: string;
  /** What is asked for and stored in the recipe: `owner/name:version`, or the adapter's own name and version. */
  readonly model: string;
  /** Null where nobody can be drawn by a picture of them. */
  readonly identity: IdentityModel | null;
  /** US dollars that a picture by this model costs, an estimate that errs on the dear side; 0 when it costs nothing. */
  dearestUsd(model: string): number;
  /** Milliseconds between two looks at a running prediction. */
  readonly pollIntervalMs: number;
  /** What it takes of us in a second; Infinity when nobody counts. */
  readonly submitsPerSecond: number;
  readonly pollsPerSecond: number;
  /** Null where no weights can be trained. */
  readonly trainer: Trainer | null;
  /** Sends exactly one request, whatever happens. Deadline 15 s. */
  submit(request: PictureRequest, attempt: Attempt): Promise<Prediction>;
  /** Looks for an attempt whose answer was lost; undefined when the provider's list, read in full, does not hold it. */
  find(request: PictureRequest, attempt: Attempt): Promise<Prediction | undefined>;
  /** Re-reads a prediction; undefined when the provider no longer knows it. Safe to repeat. */
  get(predictionId: string, request: PictureRequest): Promise<Prediction | undefined>;
  /** Asks for an end; a finished prediction is left as it is. Safe to repeat. */
  cancel(predictionId: string): Promise<void>;
  /** The bytes of the first output: at most 16 MiB, from an allowed origin only, unchecked otherwise. Safe to repeat. */
  download(prediction: Prediction, request: PictureRequest): Promise<Buffer>;
  /**
   * Resolves when the provider can be reached, accepts our credentials and its models take what we would send. Costs nothing.
   * @throws ConfigError naming the setting when a model does not: nothing but another setting or program would mend that
   */
  check(): Promise<void>;
}
