// What a classifier's figures mean here: from which score on a text is not drawn, and a picture not shown.
//
// Figures of our own rather than the classifier's flags, for a forum of adventures: battles, wounds, villains and thieves are its daily
// bread. So `violence`, `harassment` and `illicit` decide nothing at any score: a picture of a fight harms nobody, threatens nobody
// who exists, and teaches no one to pick a lock. Where there is no room for doubt, about minors, the flag counts as well.
// None of the figures is measured: no source of ours has the pictures or texts to do so. They are one table, to be changed with a reason.
import type { Judgement, OpenAiCategory } from '../providers/openai-moderation.ts';
import type { Category, Verdict } from './judge.ts';

interface Rule {
  name: OpenAiCategory;
  category: Category;
  /** The lowest score that is refused. */
  from: number;
  /** The classifier's own flag is enough. */
  orFlagged?: true;
}

/** The first one that applies is what people are told. */
const TEXTS: Rule[] = [
  // Low, as ordinary children, families and schools score far below it, and a miss cannot be made good.
  { name: 'sexual/minors', category: 'sexual_minors', from: 0.1, orFlagged: true },
  // Bathing, kisses, bare arms and low-cut gowns pass; what the text is about does not.
  { name: 'sexual', category: 'sexual', from: 0.6 },
  // Elves who despise dwarves score in the middle; hatred of people who exist scores at the top.
  { name: 'hate', category: 'hate', from: 0.7 },
  { name: 'hate/threatening', category: 'hate', from: 0.5 },
  // A sacrifice or a blood oath passes; a picture of somebody harming themselves may be taken for an invitation.
  { name: 'self-harm', category: 'self_harm', from: 0.8 },
  { name: 'self-harm/intent', category: 'self_harm', from: 0.8 },
  { name: 'self-harm/instructions', category: 'self_harm', from: 0.4 },
  // Blood on a blade passes; torn bodies as the subject do not.
  { name: 'violence/graphic', category: 'graphic_violence', from: 0.9 },
];

/** The classifier scores pictures in these alone; the others are 0 there. */
const PICTURES: Rule[] = [
  // Stricter than of texts: it is there to be seen by everybody.
  { name: 'sexual', category: 'sexual', from: 0.5 },
  { name: 'self-harm', category: 'self_harm', from: 0.8 },
  { name: 'self-harm/intent', category: 'self_harm', from: 0.8 },
  { name: 'self-harm/instructions', category: 'self_harm', from: 0.4 },
  { name: 'violence/graphic', category: 'graphic_violence', from: 0.9 },
];

export function verdictOnText(judgement: Judgement): Verdict {
  return verdictBy(TEXTS, judgement);
}

export function verdictOnPicture(judgement: Judgement): Verdict {
  return verdictBy(PICTURES, judgement);
}

function verdictBy(rules: Rule[], { scores, flags }: Judgement): Verdict {
  const broken = rules.find(({ name, from, orFlagged }) => scores[name] >= from || (orFlagged && flags[name]));
  return broken?.category ?? null;
}

/** Of nsfwjs, whose classes are Drawing, Hentai, Neutral, Porn and Sexy, each 0–1 and 1 together. */
export interface NsfwScores {
  Porn: number;
  Hentai: number;
}

/**
 * The two together, as a drawn picture is often half of each. "Sexy" decides nothing: it is what swimmers, dancers and half the armour
 * of the genre are.
 */
const NSFW_FROM = 0.7;

export function verdictByNsfw({ Porn, Hentai }: NsfwScores): Verdict {
  return Porn + Hentai >= NSFW_FROM ? 'sexual' : null;
}
