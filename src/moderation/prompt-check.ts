// The gate before spending: refuses what no picture service may draw, by what words mean together rather than by single ones.
import { ServiceError } from '../errors.ts';
import { NO_ADULT } from './text/minors.ts';
import { readingsOf } from './text/readings.ts';
import { type Category, RULES, type Words } from './text/rules.ts';
import { NO_CLOTHES } from './text/sexual.ts';

/** What a person wrote, or the prompt made of it, by the path that names it to them. */
type Fields = Record<string, string | null | undefined>;

/**
 * @param unwanted the negative prompts that go with the fields: what they name is not to be seen, so most of it may be said
 * @throws prompt_rejected with the category and the field, never the words it was found by
 */
export function assertAllowed(fields: Fields, unwanted: Fields = {}): void {
  const implied = Object.values(unwanted).map((text) => impliedBy(text ?? ''));
  for (const [path, text] of Object.entries(fields)) {
    const category = text ? forbiddenCategory([text, ...implied].join(', ')) : undefined;
    if (category) throw rejected(path, category);
  }
  for (const [path, text] of Object.entries(unwanted)) {
    // A slur is one wherever it stands, and others read it.
    if (text && forbiddenCategory(text) === 'hate') throw rejected(path, 'hate');
  }
}

/** The category of the first rule that the text breaks. */
export function forbiddenCategory(text: string): Category | undefined {
  const { clear, blurred, loose } = readingsOf(text);
  const isFound = (words: Words) =>
    clear.some((reading) => words.clear.test(reading)) ||
    blurred.some((reading) => words.blurred.test(reading)) ||
    loose.some((reading) => words.loose.test(reading));
  return RULES.find(({ parts }) => parts.every((kinds) => kinds.some(isFound)))?.category;
}

/** No clothes, no adults: what a negative prompt asks for by what it takes away. */
function impliedBy(negativePrompt: string): string {
  const [first = ''] = readingsOf(negativePrompt).clear;
  const pieces = first.split(' , ');
  const nobody = pieces.some((piece) => NO_CLOTHES.test(piece)) ? 'undressed' : '';
  const young = pieces.some((piece) => NO_ADULT.test(piece)) ? 'underage' : '';
  return [nobody, young].filter(Boolean).join(', ');
}

function rejected(path: string, message: Category): ServiceError {
  return new ServiceError('prompt_rejected', 'This text asks for a picture that may not be made here.', {
    details: [{ path, message }],
  });
}
