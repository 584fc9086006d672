// What calls to the prompt writer cost; never what was written.
import type { Db } from './open.ts';
import type { NewPromptWriting } from './tables.ts';

/** @returns the new id */
export async function insertPromptWriting(db: Db, writing: NewPromptWriting): Promise<number> {
  const { id } = await db.insertInto('image_prompt_writings').values(writing).returning('id').executeTakeFirstOrThrow();
  return id;
}

export async function setWritingCost(db: Db, id: number, costUsd: number): Promise<void> {
  await db.updateTable('image_prompt_writings').set({ cost_usd: costUsd }).where('id', '=', id).execute();
}
