// The socket for whoever trains weights of a character's own. Adapters turn every outside failure into a ProviderError.
import type { PredictionStatus } from './provider.ts';

/** What to train. Pure data; of one training's requests no two have the same archive. */
export interface TrainingRequest {
  /** Where the provider reads the pictures from, as upload() has told it. */
  archive: string;
  /** The word that the weights will answer to. */
  trigger: string;
  /** 0 … 2^31 − 1 */
  seed: number;
  steps: number;
}

/** One paid try. `nonce` is unique to the try and written to the row before anything is sent. */
export interface TrainingAttempt {
  trainingId: string;
  nonce: string;
  /** When the row said "submitting"; find() looks from a little before it. */
  submittedAt: Date;
  /** A training that a webhook has named: find() looks there first, and takes it only if it is what was asked for. */
  hint?: string;
}

export interface Training {
  id: string;
  status: PredictionStatus;
  /** 0–1 as far as the provider tells; null when it does not. May go backwards: the caller guards. */
  progress: number | null;
  /** Where the weights are; opaque outside the adapter. Null before the end, and once the provider has removed them. */
  weights: string | null;
  /** The upstream text for the log, when status is failed. */
  failure: string | null;
  /** The version that was trained on, as answered. */
  modelVersion: string;
  /** Billed seconds, once known. */
  trainSeconds: number | null;
}

export interface Trainer {
  /** US dollars per billed second; 0 when it costs nothing. */
  readonly usdPerSecond: number;
  /** Milliseconds between two looks at a running training. */
  readonly pollIntervalMs: number;
  /** Puts a zip of pictures and captions where the provider can read it. Costs nothing; safe to repeat. @returns its address */
  upload(archive: Buffer): Promise<string>;
  /** Sends exactly one request, whatever happens. Deadline 15 s. */
  train(request: TrainingRequest, attempt: TrainingAttempt): Promise<Training>;
  /** Looks for an attempt whose answer was lost; undefined when the provider's list, read in full, does not hold it. */
  find(request: TrainingRequest, attempt: TrainingAttempt): Promise<Training | undefined>;
  /** Re-reads a training; undefined when the provider no longer knows it. Safe to repeat. */
  get(trainingId: string, request: TrainingRequest): Promise<Training | undefined>;
  /** Asks for an end; a finished training is left as it is. Safe to repeat. */
  cancel(trainingId: string): Promise<void>;
  /** Writes the weights (a tar of at most 250 MB, from an allowed origin only, unchecked otherwise) into a file that must not exist. */
  download(training: Training, request: TrainingRequest, path: string): Promise<void>;
  /** Resolves when a training could be begun now. Costs nothing. */
  check(): Promise<void>;
}
