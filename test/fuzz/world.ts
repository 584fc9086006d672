// The program that is to bear it all, with a user of each kind, some credits and a few things that there is something to be asked about.
import { existsSync, readFileSync } from 'node:fs';
import { ADMIN, createForumFile, ELINA, type ForumFile, GAME, GM, VAINO } from '../support/forum-file.ts';
import { type Program, settingsFor, startProgram } from '../support/program.ts';
import { tokenOf } from '../support/service.ts';
import { CHARACTERS } from './nasty.ts';
import type { OpenApi } from './requests.ts';
import { createWire, type Wire } from './wire.ts';

/** Few, or the machine would draw pictures all the time. */
const CREDITS = 25;

export interface FuzzWorld extends AsyncDisposable {
  forum: ForumFile;
  program: Program;
  wire: Wire;
  api: OpenApi;
  /** Ids of generations that there are. */
  known: string[];
  /** What the program holds now, in MB; 0 where it cannot be told. */
  memory(): number;
}

export async function openFuzzWorld(): Promise<FuzzWorld> {
  const forum = createForumFile();
  const limits = { CREDITS_PER_MONTH: String(CREDITS), RATE_LIMIT_PER_MINUTE: '100000' };
  const program = await startProgram(settingsFor(forum, limits));
  const cookie = async (id: number) => `token=${await tokenOf(id)}`;
  const wire = createWire(program.origin, {
    anonymous: '',
    player: await cookie(ELINA),
    other: await cookie(VAINO),
    gm: await cookie(GM),
    admin: await cookie(ADMIN),
    nobody: await cookie(999),
    junk: 'token=%zz; token=eyJhbGciOiJub25lIn0.eyJpZCI6NH0.; =; ;;token',
  });
  return {
    forum,
    program,
    wire,
    ...(await furnish(program)),
    memory: () => residentMb(program.child.pid),
    async [Symbol.asyncDispose]() {
      wire.close();
      await program.end('SIGKILL');
      forum.remove();
    },
  };
}

/** Characters, the first of them with a reference, and a draft. */
async function furnish(program: Program): Promise<{ api: OpenApi; known: string[] }> {
  const elina = await program.as(ELINA);
  const character = { name: 'Aino', base_description: 'red braid, green eyes' };
  const { body } = await elina.post(`/games/${GAME}/characters`, character);
  const candidate = await elina.finished((await elina.post(`/characters/${body.id}/reference-images`)).body);
  await elina.put(`/characters/${body.id}/reference-image`, { reference_image_id: candidate.reference_image_id });
  for (let id = 2; id <= CHARACTERS; id++) {
    const owner = id % 2 === 0 ? await program.as(VAINO) : elina;
    await owner.post(`/games/${GAME}/characters`, { ...character, name: `Aino ${id}` });
  }
  const draft = await elina.post(`/games/${GAME}/images`, { mode: 'scene', scene: 'a quiet bay' });
  const { body: api } = await elina.get<OpenApi>('/image-openapi.json');
  return { api, known: [candidate.id, draft.body.id] };
}

function residentMb(pid: number | undefined): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return 0;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024);
}
