// The auditor on what clients were answered: one key one picture, no answer that nobody promised, nobody is served what is another's,
// and nothing is gone that nobody wanted gone.
import type { GenerationRow, RequestLine, Rows } from './evidence.ts';
import { NOBODY } from './money.ts';

const granted = ({ status }: RequestLine) => status !== null && status >= 200 && status < 300;
const told = ({ user, method, path }: RequestLine) => `${method} ${path} by ${user ?? 'nobody'}`;

/** I9 a user's Idempotency-Key stands for one body on one route, and always leads to the same generations. */
export function* auditKeyed(requests: RequestLine[]): Generator<string> {
  const keyed = requests.filter((request) => request.key !== undefined && granted(request));
  for (const [scope, same] of Map.groupBy(keyed, (request) => `${told(request)}, key ${request.key}`)) {
    const answers = new Set(same.map(({ generations }) => generations.join()));
    if (answers.size > 1) yield `I9 ${scope}: ${answers.size} different answers`;
    if (new Set(same.map(({ body }) => JSON.stringify(body))).size > 1) yield `I9 ${scope}: taken for different bodies`;
  }
}

/** I10 nobody is answered with a fault of ours; nor, while nothing outside was out of order, that one should come again. */
export function* auditAnswers(requests: RequestLine[], calm: boolean): Generator<string> {
  for (const request of requests) {
    const { status } = request;
    if (status !== null && status >= 500 && (calm || status !== 503)) yield `I10 ${told(request)}: answered ${status}`;
  }
}

/** Who may make a request: its owner, the game masters or only admins beside. */
interface Right {
  method: RegExp;
  path: RegExp;
  /** Undefined when what it was about is not to be found any more. */
  owner: (rows: Rows, id: string) => number | null | undefined;
  gameMasters: boolean;
}

const RIGHTS: Right[] = [
  { method: /^GET$/, path: /^\/generations\/([\w-]+)(?:\/events)?$/, owner: ownerOfGeneration, gameMasters: true },
  { method: /^DELETE$/, path: /^\/generations\/([\w-]+)$/, owner: ownerOfGeneration, gameMasters: false },
  { method: /^POST$/, path: /^\/posts\/(\d+)\/images$/, owner: authorOfPost, gameMasters: true },
  { method: /^DELETE$/, path: /^\/post-images\/(\d+)$/, owner: makerOfPostImage, gameMasters: true },
  {
    method: /^(PATCH|PUT|DELETE|POST)$/,
    path: /^\/characters\/(\d+)(?:\/[\w/-]+)?$/,
    owner: ownerOfCharacter,
    gameMasters: false,
  },
];

/** I11 what was granted was the user's to ask for, as the rows and the roles stand now. */
export function* auditRights(rows: Rows, requests: RequestLine[]): Generator<string> {
  for (const request of requests.filter(granted)) {
    for (const { method, path, owner, gameMasters } of RIGHTS) {
      const id = method.test(request.method) ? path.exec(request.path)?.[1] : undefined;
      const whose = id === undefined ? undefined : owner(rows, id);
      if (whose === undefined || whose === NOBODY || (request.user !== null && request.user === whose)) continue;
      if (!isAbove(rows, request.user, gameMasters)) yield `I11 ${told(request)}: granted, and it is of user ${whose}`;
    }
  }
}

function ownerOfGeneration({ generations }: Rows, id: string): number | undefined {
  return generations.find((row) => row.id === id)?.user_id;
}

function authorOfPost({ posts }: Rows, id: string): number | null | undefined {
  return posts.find((post) => post.id === Number(id))?.author_id;
}

function makerOfPostImage({ generations }: Rows, id: string): number | undefined {
  return generations.find(({ post_image_id }) => post_image_id === Number(id))?.user_id;
}

function ownerOfCharacter({ characters }: Rows, id: string): number | undefined {
  return characters.find((character) => character.id === Number(id))?.user_id;
}

function isAbove({ users }: Rows, id: number | null, gameMasters: boolean): boolean {
  const user = users.find((one) => one.id === id);
  const roles = JSON.parse(user?.roles ?? '[]') as string[];
  return user?.is_admin === 1 || roles.includes('admin') || (gameMasters && roles.includes('gm'));
}

/** I12 a picture that was made is still there, unless somebody asked for its end or the forum has taken its place away. */
export function* auditLosses(rows: Rows, requests: RequestLine[]): Generator<string> {
  const kept = new Set(rows.files.filter(({ deleted_at }) => deleted_at === null).map(({ id }) => id));
  // A request that was not answered may have taken effect.
  const deletions = requests.filter(
    (request) => request.method === 'DELETE' && (request.status === null || granted(request)),
  );
  const deleted = new Set(deletions.map(({ path }) => path));
  const down = new Set(rows.takedowns.map(({ file_id }) => file_id));
  const takenDown = new Set(rows.files.filter(({ id }) => down.has(id)).map(({ generation_id }) => generation_id));
  const made = rows.generations.filter(({ status, user_id }) => status === 'succeeded' && user_id !== NOBODY);
  for (const row of made) {
    if (takenDown.has(row.id) || (row.file_id !== null && kept.has(row.file_id))) continue;
    if (!placesOf(row).some((place) => deleted.has(place)) && hasPlace(row, rows)) {
      yield `I12 ${row.id}: its picture is gone, and nobody has deleted it`;
    }
  }
}

/** What a user deletes, or the picture's end was in vain. */
function placesOf({ kind, post_image_id, character_ids }: GenerationRow): string[] {
  if (kind === 'reference') return (JSON.parse(character_ids) as number[]).map((id) => `/characters/${id}`);
  return post_image_id === null ? [] : [`/post-images/${post_image_id}`];
}

/** Whether the forum still has what the picture was made for. */
function hasPlace(row: GenerationRow, { characters, posts, users }: Rows): boolean {
  if (row.kind === 'reference') {
    return (JSON.parse(row.character_ids) as number[]).every((id) => characters.some((one) => one.id === id));
  }
  if (row.post_id !== null) return posts.some(({ id }) => id === row.post_id);
  return users.some(({ id }) => id === row.user_id);
}
