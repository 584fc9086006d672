// Other people's sentences in our log: kept while they are their own words.
import { expect, test } from 'vitest';
import { unquoted } from '../../src/providers/unquoted.ts';

const SENT = JSON.stringify({
  input: { prompt: 'Aino, red braid, a lighthouse of "marzipan" at dusk, jäinen laituri yöllä' },
});
const REPEATS = '[it repeats what was sent]';

test.each([
  'flagged: a lighthouse of marzipan',
  'the words jäinen laituri yöllä are not allowed',
  'Aino, red braid, a lighthouse of',
  'a lighthouse of',
])('%j is not kept', (sentence) => expect(unquoted(sentence, SENT)).toBe(REPEATS));

test.each([
  '',
  'out of memory',
  'NSFW content detected in image 0',
  'input.prompt is too long',
  'a lighthouse',
  'at dusk',
])('%j is kept', (sentence) => expect(unquoted(sentence, SENT)).toBe(sentence));
