// Makes the demo's first character and first illustrated post through the service's public routes, as a player would.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DEMO_PASSWORD, DEMO_USERS, FIRST_PICTURE } from './story.ts';

const MOST_TRIES = 20;

const Character = z.object({ id: z.int(), name: z.string(), reference_image_url: z.string().nullish() });
const Candidate = z.object({ id: z.int() });
const Generation = z.object({
  id: z.string(),
  status: z.enum(['queued', 'generating', 'storing', 'succeeded', 'failed', 'canceled']),
  error: z.object({ message: z.string() }).nullish(),
});
type Generation = z.output<typeof Generation>;

export interface FirstPictures {
  /** Where the forum listens, without a slash at the end. */
  origin: string;
  gameId: number;
  postId: number;
  log: (line: string) => void;
  /** Ends the work when the program is told to stop; the next start goes on from there. */
  signal: AbortSignal;
}

/**
 * Every step first looks whether it has been done, so an interrupted start is completed and never repeated.
 * @throws Error with a sentence when the service refuses or a picture fails
 */
export async function makeFirstPictures({ origin, gameId, postId, log, signal }: FirstPictures): Promise<void> {
  const player = await logIn(origin, signal);
  const character = await findOrCreateCharacter(player, gameId, log);
  if (!character.reference_image_url) await giveReference(player, character, log);
  const images = `/posts/${postId}/images`;
  if (z.array(z.unknown()).parse(await player.get(images)).length === 0) {
    log(`Illustrating the post “${FIRST_PICTURE.postTitle}” …`);
    await draw(player, images, 'demo-post', {
      mode: 'scene_with_character',
      character_ids: [character.id],
      scene: FIRST_PICTURE.scene,
      aspect_ratio: '16:9',
    });
  }
}

async function findOrCreateCharacter(player: Player, gameId: number, log: (line: string) => void) {
  const mine = z.array(Character).parse(await player.get(`/games/${gameId}/characters?mine=1`));
  const found = mine.find(({ name }) => name === FIRST_PICTURE.character.name);
  if (found) return found;
  log(`Creating the character ${FIRST_PICTURE.character.name} …`);
  const styles = z.array(z.object({ id: z.string() })).parse(await player.get('/image-styles'));
  const style = styles.find(({ id }) => id.includes(FIRST_PICTURE.character.style))?.id;
  return Character.parse(
    await player.send('POST', `/games/${gameId}/characters`, { ...FIRST_PICTURE.character, style }),
  );
}

async function giveReference(player: Player, { id, name }: z.output<typeof Character>, log: (line: string) => void) {
  const candidates = `/characters/${id}/reference-images`;
  if (!(await newest(player, candidates))) {
    log(`Drawing the reference picture of ${name} …`);
    await draw(player, candidates, 'demo-reference', { aspect_ratio: '2:3' });
  }
  const candidate = await newest(player, candidates);
  if (!candidate) throw new Error('the reference picture was made but is not among the candidates');
  await player.send('PUT', `/characters/${id}/reference-image`, { reference_image_id: candidate.id });
}

async function newest(player: Player, path: string) {
  const answer = await player.get(path);
  return z
    .union([z.array(Candidate), z.object({ items: z.array(Candidate) }).transform((page) => page.items)])
    .parse(answer)[0];
}

/**
 * Asks for one picture and waits for its end. The key makes a restart find the same request again; one that an earlier
 * start saw fail is passed over, so each start pays for one new try at most.
 */
async function draw(player: Player, path: string, key: string, body: object): Promise<void> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const asked = Generation.parse(await player.send('POST', path, body, `${key}-${path}-${attempt}`));
    if (asked.status === 'failed' || asked.status === 'canceled') continue;
    const ended = await untilEnd(player, asked);
    if (ended.status === 'succeeded') return;
    throw new Error(ended.error?.message ?? 'the picture was cancelled');
  }
  throw new Error(`the picture has failed ${MOST_TRIES} times`);
}

async function untilEnd(player: Player, generation: Generation): Promise<Generation> {
  let current = generation;
  while (['queued', 'generating', 'storing'].includes(current.status)) {
    await player.listen(`/generations/${current.id}/events`);
    current = Generation.parse(await player.get(`/generations/${current.id}`));
    if (current.status !== 'succeeded') await delay(250, undefined, { signal: player.signal });
  }
  return current;
}

interface Player {
  signal: AbortSignal;
  get(path: string): Promise<unknown>;
  send(method: 'POST' | 'PUT', path: string, body: object, key?: string): Promise<unknown>;
  /** Resolves when the event stream has ended. */
  listen(path: string): Promise<void>;
}

async function logIn(origin: string, signal: AbortSignal): Promise<Player> {
  const email = DEMO_USERS.find(({ username }) => username === FIRST_PICTURE.username)?.email;
  const json = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${origin}/api/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email, password: DEMO_PASSWORD }),
    signal,
  });
  await bodyOf(answer);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    signal,
    get: async (path) => bodyOf(await fetch(`${origin}/api${path}`, { headers: { cookie }, signal })),
    send: async (method, path, body, key) => {
      const headers = { cookie, ...json, ...(key && { 'Idempotency-Key': key }) };
      return bodyOf(await fetch(`${origin}/api${path}`, { method, headers, body: JSON.stringify(body), signal }));
    },
    listen: async (path) => {
      const events = await fetch(`${origin}/api${path}`, { headers: { cookie }, signal });
      await events.text();
    },
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new Error(`${response.status} from ${new URL(response.url).pathname}: ${sentenceOf(text)}`);
}

function sentenceOf(text: string): string {
  try {
    return z.object({ error: z.string() }).parse(JSON.parse(text)).error;
  } catch {
    return text.slice(0, 200);
  }
}
