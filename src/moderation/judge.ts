// The socket for whoever judges what may be drawn, or what was drawn. It never decides when it is asked, nor what follows.

/** Why something may not be drawn or shown, in the words that people are told. */
export type Category = 'sexual_minors' | 'sexual' | 'hate' | 'self_harm' | 'graphic_violence';

/** Null: nothing speaks against it. */
export type Verdict = Category | null;

export interface Judge<Subject> {
  /** @throws when there is no verdict, with nothing of the subject in the error */
  judge(subject: Subject): Promise<Verdict>;
  /** @throws ConfigError when it can never judge as it is set up; anything else when it only cannot now */
  check(): Promise<void>;
  close(): Promise<void>;
}
