// LoRA trainings as rows: asked for, claimed by a worker, moved on, ended. Every move names the state it leaves.
import { type SqlBool, sql, type Updateable } from 'kysely';
import type { Db } from './open.ts';
import { dueAfter, type From, Queue, stillStands } from './queue.ts';
import type { NewTraining, Tables, TrainingRow, TrainingStatus } from './tables.ts';

/** Written out, and as the index has it: see QueueShape. */
const isUnfinished = sql<SqlBool>`status in ('queued', 'preparing', 'submitting', 'training', 'storing')`;

export const trainingQueue = new Queue({
  table: 'image_lora_trainings',
  isUnfinished,
  underWay: ['submitting', 'training'],
  hint: 'hinted_training_id',
});

export type TrainingChanges = Omit<Updateable<Tables['image_lora_trainings']>, 'id' | 'updated_at'>;

export async function insertTraining(db: Db, row: NewTraining): Promise<void> {
  await db.insertInto('image_lora_trainings').values(row).execute();
}

export function findTraining(db: Db, id: string): Promise<TrainingRow | undefined> {
  return db.selectFrom('image_lora_trainings').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first. */
export function trainingsOf(db: Db, characterId: number): Promise<TrainingRow[]> {
  return db
    .selectFrom('image_lora_trainings')
    .selectAll()
    .where('character_profile_id', '=', characterId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
}

/** What is under way: of all users, of one, of one character. */
export async function countActive(db: Db, about: { userId: number; characterId: number }) {
  return db
    .selectFrom('image_lora_trainings')
    .where(isUnfinished)
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.countAll<number>().filterWhere('user_id', '=', about.userId).as('mine'),
      eb.fn.countAll<number>().filterWhere('character_profile_id', '=', about.characterId).as('ofCharacter'),
    ])
    .executeTakeFirstOrThrow();
}

/** Moves a training on, as a generation is. */
export async function moveTraining(
  db: Db,
  from: From<TrainingStatus>,
  changes: TrainingChanges,
): Promise<TrainingRow | undefined> {
  return db
    .updateTable('image_lora_trainings')
    .set({
      ...changes,
      run_at_ms: dueAfter(from.dueAt, changes.run_at_ms),
      updated_at: changes.finished_at ?? new Date().toISOString(),
    })
    .where(stillStands(from))
    .returningAll()
    .executeTakeFirst();
}

/** Takes due rows for one worker, the oldest first. */
export async function claimTrainings(
  db: Db,
  claim: { owner: string; leaseMs: number; limit: number },
): Promise<TrainingRow[]> {
  const now = Date.now();
  const due = sql<string>`
    select id from image_lora_trainings where ${isUnfinished} and run_at_ms <= ${now} and lease_until_ms < ${now}
    order by created_at, id limit ${claim.limit}`;
  return db
    .updateTable('image_lora_trainings')
    .set({ lease_owner: claim.owner, lease_until_ms: now + claim.leaseMs })
    .where(sql<SqlBool>`id in (${due})`)
    .returningAll()
    .execute();
}

/** Trainings with weights in the storage that nobody has a use for: not finished well, or of a character that is gone. */
export function unwantedWeights(db: Db): Promise<Pick<TrainingRow, 'id' | 'weights_key'>[]> {
  return db
    .selectFrom('image_lora_trainings')
    .select(['id', 'weights_key'])
    .where('weights_sha256', 'is not', null)
    .where('finished_at', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('status', '<>', 'succeeded'),
        eb(
          'character_profile_id',
          'not in',
          eb.selectFrom('character_profiles').innerJoin('users', 'users.id', 'user_id').select('character_profiles.id'),
        ),
      ]),
    )
    .execute();
}

/** After the object is gone. */
export async function forgetWeights(db: Db, id: string): Promise<void> {
  await db
    .updateTable('image_lora_trainings')
    .set({ weights_bytes: null, weights_sha256: null })
    .where('id', '=', id)
    .execute();
}

export type TrainingPicture = Awaited<ReturnType<typeof portraitsOf>>[number];

/**
 * Whole pictures of a character alone: its reference images, and what the user has made of it as portraits. The accepted ones
 * first, in the order of their revisions from the newest, then the others from the newest.
 */
export function portraitsOf(db: Db, about: { characterId: number; userId: number }) {
  const references = db
    .selectFrom('image_reference_images')
    .select('generation_id')
    .where('character_profile_id', '=', about.characterId);
  return selectPictures(db)
    .where('generation.mode', '=', 'character')
    .where('generation.character_ids', '=', JSON.stringify([about.characterId]))
    .where((eb) => eb.or([eb('generation.id', 'in', references), eb('generation.user_id', '=', about.userId)]))
    .orderBy('reference.revision', (order) => order.desc().nullsLast())
    .orderBy('file.id', 'desc')
    .execute();
}

/** Those of the generations that have a picture. */
export function picturesOf(db: Db, generationIds: readonly string[]) {
  return selectPictures(db).where('generation.id', 'in', generationIds).orderBy('file.id').execute();
}

function selectPictures(db: Db) {
  return db
    .selectFrom('image_generations as generation')
    .innerJoin('image_files as file', 'file.id', 'generation.file_id')
    .leftJoin('image_reference_images as reference', 'reference.generation_id', 'generation.id')
    .where(sql`+generation.status`, '=', 'succeeded') // the sign keeps SQLite from looking by the status
    .where('file.deleted_at', 'is', null)
    .where('file.broken_at', 'is', null)
    .select(['generation.id as generation_id', 'reference.id as reference_image_id', 'reference.revision'])
    .select(['file.image_key', 'generation.recipe']);
}

/** Of the generations named, how many have not ended. */
export async function countWaitedFor(db: Db, generationIds: readonly string[]): Promise<number> {
  const { count } = await db
    .selectFrom('image_generations')
    .where('id', 'in', generationIds)
    .where('finished_at', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}
