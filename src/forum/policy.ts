// Who may do what, as one table to be read by people: the permissions decide by it alone, and what it does not grant is refused.

/** `no`: they see the thing, and are told that they may not (403). `hidden`: they need not know that it is there (404). */
export type Answer = 'yes' | 'no' | 'hidden';

/**
 * - `owner`: made the thing, or wrote the post, and sees its game; `left`: did so, and does not see the game any more
 * - `player`: everybody else who sees the game; `gm`: its game masters
 * - `outsider`: does not see the game, or there is no such game any more
 * - `suspended`: what the forum leaves to a suspended user of that which the user could do as `owner`, `left`, `player` or
 *   `outsider`; being a game master or an admin counts for nothing then
 */
type Column = 'owner' | 'left' | 'player' | 'gm' | 'admin' | 'outsider' | 'suspended';
const COLUMNS: Column[] = ['owner', 'left', 'player', 'gm', 'admin', 'outsider', 'suspended'];
type Row = readonly [Answer, Answer, Answer, Answer, Answer, Answer, Answer];

const yes = 'yes';
const no = 'no';
const hidden = 'hidden';
/** There is nobody of the kind. */
const none = 'hidden';

// biome-ignore format: a table is read by its columns
export const POLICY = {
  //                        owner   left    player  gm      admin   outsider suspended
  /** The game, its posts, characters and gallery. */
  see_game:                [none,   none,   yes,    yes,    yes,    hidden,  yes],
  /** New characters, drafts, previews of prompts, suggestions of scenes. */
  make_in_game:            [none,   none,   yes,    yes,    yes,    hidden,  no],
  lead_game:               [none,   none,   no,     yes,    yes,    hidden,  no],

  see_post:                [yes,    hidden, yes,    yes,    yes,    hidden,  yes],
  illustrate_post:         [yes,    hidden, no,     yes,    yes,    hidden,  no],
  /** A post in a chapter that the forum has archived. */
  illustrate_archived:     [no,     hidden, no,     yes,    yes,    hidden,  no],

  see_character:           [yes,    hidden, yes,    yes,    yes,    hidden,  yes],
  /** Candidates that were not chosen, trained weights, trainings. */
  see_workshop:            [yes,    hidden, no,     no,     yes,    hidden,  yes],
  /** Also its looks, reference images and trainings. */
  edit_character:          [yes,    hidden, no,     no,     yes,    hidden,  no],
  delete_character:        [yes,    hidden, no,     no,     yes,    hidden,  yes],
  use_character:           [yes,    hidden, no,     yes,    yes,    hidden,  no],
  /** One whose owner has consented: usable_by is `game`. */
  use_shared_character:    [yes,    hidden, yes,    yes,    yes,    hidden,  no],

  see_picture:             [yes,    hidden, yes,    yes,    yes,    hidden,  yes],
  /** One that a moderator took down, and why. */
  see_taken_down:          [yes,    hidden, hidden, yes,    yes,    hidden,  yes],
  /** To take it down, and to bring it back. */
  moderate_picture:        [hidden, hidden, hidden, yes,    yes,    hidden,  hidden],
  /** To bring back what an admin has taken down. */
  overrule_admin:          [hidden, hidden, hidden, no,     yes,    hidden,  hidden],
  /** The full prompt, and everything else that the picture was made from. */
  see_recipe:              [yes,    hidden, no,     yes,    yes,    hidden,  yes],
  remake_picture:          [yes,    hidden, no,     yes,    yes,    hidden,  no],
  report_picture:          [yes,    hidden, yes,    yes,    yes,    hidden,  no],
  delete_picture:          [yes,    hidden, no,     yes,    yes,    hidden,  yes],

  /** Who has asked for a picture has paid for it, and follows it to its end also after leaving the game. */
  see_generation:          [yes,    yes,    hidden, yes,    yes,    hidden,  yes],
  cancel_generation:       [yes,    yes,    hidden, no,     yes,    hidden,  no],

  administer:              [none,   none,   hidden, hidden, yes,    hidden,  hidden],
} satisfies Record<string, Row>;

export type Act = keyof typeof POLICY;

/** Where somebody stands in the game that a thing belongs to. */
export type Place = 'player' | 'gm' | 'admin' | 'outsider';

export interface Who {
  place: Place;
  owns: boolean;
  suspended: boolean;
}

const BEST_FIRST: Answer[] = [yes, no, hidden];

/** The best of what the user is, and of a suspended one no more than the column for that. */
export function decide(act: Act, { place, owns, suspended }: Who): Answer {
  const answers = [cell(act, place)];
  if (owns) answers.push(cell(act, place === 'outsider' ? 'left' : 'owner'));
  const best = BEST_FIRST.find((answer) => answers.includes(answer)) ?? hidden;
  if (!suspended) return best;
  return BEST_FIRST.findLast((answer) => answer === best || answer === cell(act, 'suspended')) ?? hidden;
}

function cell(act: Act, column: Column): Answer {
  const row: Row = POLICY[act];
  return row[COLUMNS.indexOf(column)] ?? hidden;
}
