// The socket for whoever writes scenes: a language model. Adapters turn every outside failure into a ProviderError.

export interface WriterPrompt {
  /** What is wanted, in our words alone. */
  system: string;
  /** What it is wanted of, with what others wrote marked as such. */
  prompt: string;
}

export interface Written {
  /** As answered and unchecked; null when the call ended without an answer. */
  text: string | null;
  /** US dollars; null when the answer does not tell. */
  costUsd: number | null;
}

export interface Writer {
  /** `owner/name` or `owner/name:version`. */
  readonly model: string;
  /** US dollars that one call costs at most. */
  readonly maxUsd: number;
  /**
   * Sends exactly one paid request, whatever happens, and waits for its end. Deadline 20 s.
   * @throws ProviderError `unknown` when it may cost something
   */
  write(prompt: WriterPrompt): Promise<Written>;
}
