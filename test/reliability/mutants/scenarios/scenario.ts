// What a scenario is, and what several of them do.
import { VAINOS_POST } from '../../../support/forum-file.ts';
import type { Program, Settings } from '../../../support/program.ts';
import type { Fault } from '../../../support/replicate-faults.ts';
import type { Stage } from '../stage.ts';

/** A short story that brings a bug to light; with a sound program the auditor finds nothing in it. */
export interface Scenario {
  settings?: Settings;
  play(stage: Stage): Promise<void>;
}

/** What was written down for a picture that is given up is swept with the next start. */
export async function askInVain(stage: Stage): Promise<void> {
  const program = await stage.start();
  await stage.ask(program);
  await stage.ended();
  await program.end();
  await stage.start();
  await stage.deleted();
}

export async function askAndDie(stage: Stage, failpoint: string): Promise<void> {
  const program = await stage.start(`${failpoint}:kill`);
  await stage.ask(program);
  await stage.died(program);
}

export async function askAndDelete(stage: Stage, program: Program): Promise<void> {
  await stage.ask(program, { path: `/posts/${VAINOS_POST}/images` });
  await stage.ended();
  const [row] = stage.sql<{ post_image_id: number }>('SELECT post_image_id FROM image_generations');
  await stage.send(program, 'delete', `/post-images/${row?.post_image_id}`);
}

export function answeredAfter(moment: Promise<void>): Fault {
  return {
    takesEffect: true,
    answer: (response, normal) =>
      void moment.then(() => response.writeHead(normal?.status ?? 500, normal?.headers).end(normal?.body)),
  };
}
