// The gate before spending: refuses what no picture service may draw, by combinations of words rather than single ones.
import { ServiceError } from '../errors.ts';

/** Look-alikes and leet that hide a letter; applied after NFKC and lower case. */
const LOOKALIKES: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ѕ: 's',
  к: 'k',
  н: 'h',
  т: 't',
  в: 'b',
  м: 'm',
};

const MINOR =
  /\b(child(ren|like)?|kids?|minors?|underage[d]?|toddlers?|bab(y|ies)|infants?|preteens?|teen(age|aged|ager|agers)?s?|little (girl|boy)s?|school ?(girl|boy|child)s?|lolis?|shotas?|lapsi\w*|lapse\w*|lasta|lasten|lapset|alaikai\w*|teini\w*|koululai\w*|vauva\w*|pikku(tytto|poika)\w*|([1-9]|1[0-7]) ?(years? old|yo|vuotia\w*))\b/;
const SEXUAL =
  /\b(nud(e|es|ity)|naked|topless|sex(y|ual|ually)?|porn\w*|hentai|erotic\w*|lewd|nsfw|genital\w*|nipples?|breasts?|orgasm\w*|masturbat\w*|fellatio|blowjobs?|intercourse|undress\w*|lingerie|alasto[nm]\w*|alasti\w*|seksi\w*|porno\w*|eroott\w*|nannit|rinnat paljaana|paljain rinnoin)\b/;
const EXPLICIT =
  /\b(porn\w*|hentai|nsfw|genital\w*|masturbat\w*|fellatio|blowjobs?|cumshots?|penis\w*|vaginas?|having sex|sex scene|rape[ds]?|raping|bestiality|porno\w*|raiska\w*|yhdynta\w*|nussi\w*)\b/;
const HATE =
  /\b((kill|gas|exterminate|lynch) (all )?(the )?(jews|muslims|blacks|gays|roma|immigrants)|heil hitler|white power|tapetaan kaikki \w+)\b/;

interface Rule {
  category: string;
  /** Each must be found, if only in different readings: one word may be disguised and the other not. */
  parts: RegExp[];
}

const RULES: Rule[] = [
  { category: 'sexual_minors', parts: [MINOR, SEXUAL] },
  { category: 'sexual', parts: [EXPLICIT] },
  { category: 'hate', parts: [HATE] },
];

/**
 * @param fields what a person wrote, or the prompt made of it, by the path that names it to them
 * @throws prompt_rejected with the category and the field, never the words it was found by
 */
export function assertAllowed(fields: Record<string, string | null | undefined>): void {
  for (const [path, text] of Object.entries(fields)) {
    const category = text ? forbiddenCategory(text) : undefined;
    if (!category) continue;
    throw new ServiceError('prompt_rejected', 'This text asks for a picture that may not be made here.', {
      details: [{ path, message: category }],
    });
  }
}

/** The category of the first rule that the text breaks. */
export function forbiddenCategory(text: string): string | undefined {
  const readings = readingsOf(text);
  return RULES.find((rule) => rule.parts.every((part) => readings.some((reading) => part.test(reading))))?.category;
}

/** The text as written, with disguises undone, and with s p a c e d letters closed up. */
function readingsOf(text: string): string[] {
  const plain = fold(text);
  const unmasked = [...plain].map((letter) => LOOKALIKES[letter] ?? letter).join('');
  const words = unmasked.replace(/[^a-z0-9]+/g, ' ').trim();
  const closed = words.replace(/\b(?:[a-z] ){2,}[a-z]\b/g, (letters) => letters.replaceAll(' ', ''));
  return [plain.replace(/[^\p{L}\p{N}]+/gu, ' '), words, closed];
}

/** Compatibility forms, zero-width signs and accents away; lower case. */
function fold(text: string): string {
  const visible = text.normalize('NFKC').replace(/[\p{Cf}\p{Mn}]/gu, '');
  return visible
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}
