// The words that are looked for inside of others, and in two halves.
import { RULES } from './rules.ts';

const WORDS = `
  schoolgirl schoolboy children child toddler preteen teenager teen infant baby underage lolita loli shota girl boy kid little young minor
  lapsi lapsen lasta lapset alaikainen teini tytto tyton poika pojan vauva taapero vuotias
  pornography porno porn hentai nsfw naked nudity nude topless undressed lingerie erotic penis vagina masturbating masturbate
  blowjob orgasm gangbang cumshot raped rape sexy sex clothes without wearing nothing having
  alastoman alastonta alastomia alastomat alaston alasti seksikas raiskataan raiskaus nussia pillu kulli vaatteita ilman
  niggers nigger kikes neekerit neekeri hitler heil sieg jews muslims muslimit juutalaiset white power kill tapetaan kaikki
  valkoinen ylivalta suicide wrists ranteet itsemurhan snuff gore
`;

/** Longer ones first, so that none is taken for the shorter one in it. */
export const HIDDEN = new RegExp(
  WORDS.trim()
    .split(/\s+/)
    .sort((one, other) => other.length - one.length)
    .join('|'),
  'g',
);

/** Beginnings of words, in letters, that tell one from another: the longer the surer. */
const TELLING = [5, 4];

/** Those of the words that rules name, or that begin like one; undefined for none. */
export function knownOf(words: string[]): string[] | undefined {
  for (const length of TELLING) {
    const known = words.filter((word) => named().includes(/^[a-z]{3,}/.exec(word)?.[0].slice(0, length) ?? ' '));
    if (known.length > 0) return known;
  }
  return undefined;
}

let sources: string | undefined;
/** Made when it is first needed: the tables are the rules' own. */
function named(): string {
  sources ??= RULES.flatMap(({ parts }) => parts.flat().map(({ clear }) => clear.source))
    .join('|')
    .replaceAll(' ', '_');
  return sources;
}
