// What somebody is told along with a request that was taken: what the picture will not show, or not as they may expect.
import { isForeign } from '../characters/language.ts';
import type { ComposedPrompt } from '../characters/prompt.ts';
import type { PictureRequest, Strategy, Warning } from '../contract.ts';
import type { IdentityModel } from '../providers/provider.ts';

/** A text that the model is given, and what to call it. */
export interface NamedText {
  name: string;
  text: string;
}

export function promptWarnings({ left_out, negative_left_out }: ComposedPrompt): Warning[] {
  const warnings: Warning[] = [];
  if (left_out.length > 0) {
    const message =
      'The description and the scene together are longer than the model reads (about 55 words), so a part is left out. ' +
      'What makes the character recognisable, and how the scene begins, come first.';
    warnings.push({ code: 'prompt_shortened', message, left_out });
  }
  if (negative_left_out.length > 0) {
    const message = 'What is not wanted is longer than the model reads (about 55 words), so a part is left out.';
    warnings.push({ code: 'negative_prompt_shortened', message, left_out: negative_left_out });
  }
  return warnings;
}

/** @param names of the characters, the first one leading */
export function castWarnings(names: string[], strategy: Strategy): Warning[] {
  const [lead, ...others] = names;
  if (!lead || others.length === 0) return [];
  const held = {
    reference: 'the reference image',
    lora: 'trained weights',
    identity: 'the reference image',
    prompt: null,
  };
  const by = held[strategy];
  const how = by
    ? `Only ${lead} is made from ${by}; ${listOf(others)} ${others.length > 1 ? 'are' : 'is'} drawn from the description alone.`
    : 'All characters are drawn from their descriptions alone.';
  const message = `${how} The model may mix the features of characters that are in one picture.`;
  return [{ code: 'several_characters', message }];
}

/** @param name of the character whose weights are used */
export function loraWarnings(name: string, style: string): Warning[] {
  const message = `The model takes one set of trained weights: those of ${name} are used, and ${style} is drawn from words alone.`;
  return [{ code: 'style_weights_unused', message }];
}

/** What was asked for and the model has no lever for. */
export function identityWarnings({ takes }: IdentityModel, input: PictureRequest): Warning[] {
  const warnings: Warning[] = [];
  if (input.aspect_ratio && !takes.shape) {
    const message = 'The model that draws by identity decides the shape of the picture itself.';
    warnings.push({ code: 'aspect_ratio_unused', message });
  }
  if (input.negative_prompt && !takes.negative_prompt) {
    const message = 'The model that draws by identity cannot be told what is not wanted.';
    warnings.push({ code: 'negative_prompt_unused', message, left_out: [input.negative_prompt] });
  }
  return warnings;
}

export async function languageWarnings(texts: NamedText[]): Promise<Warning[]> {
  const foreign: string[] = [];
  for (const { name, text } of texts) if (await isForeign(text)) foreign.push(name);
  if (foreign.length === 0) return [];
  const message = `The model understands English best, and ${listOf(foreign)} ${foreign.length > 1 ? 'seem' : 'seems'} to be in another language. In English the picture will follow more closely.`;
  return [{ code: 'language', message }];
}

function listOf(names: string[]): string {
  return new Intl.ListFormat('en').format(names);
}
