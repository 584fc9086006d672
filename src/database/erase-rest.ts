// What an erasure takes besides pictures: characters, trainings, and the user's id wherever else it stands.
import { sql } from 'kysely';
import type { Erased } from './erase-pictures.ts';
import { NOBODY } from './erasure.ts';
import type { Db } from './open.ts';
import { hasUserColumn } from './post-images.ts';

export async function ownCharacters(db: Db, userId: number): Promise<number[]> {
  const rows = await db.selectFrom('character_profiles').select('id').where('user_id', '=', userId).execute();
  return rows.map(({ id }) => id);
}

/** Only inside a transaction. Its settings and looks go along by their foreign keys. */
export async function purgeCharacter(trx: Db, id: number): Promise<number> {
  const gone = await trx.deleteFrom('character_profiles').where('id', '=', id).executeTakeFirst();
  return Number(gone.numDeletedRows);
}

function trainingsOfErased(db: Db, { userId, characterIds }: Erased) {
  return db
    .selectFrom('image_lora_trainings')
    .where((eb) => eb.or([eb('user_id', '=', userId), eb('character_profile_id', 'in', [...characterIds, -1])]));
}

export function unfinishedTrainingsOf(db: Db, erased: Erased) {
  return trainingsOfErased(db, erased).selectAll().where('finished_at', 'is', null).execute();
}

/** Of the user, or of its characters. */
export function trainingsToErase(db: Db, erased: Erased, limit: number) {
  return trainingsOfErased(db, erased)
    .select(['id', 'user_id', 'character_profile_id', 'weights_key'])
    .where('finished_at', 'is not', null)
    .limit(limit)
    .execute();
}

const NO_CHARACTER = 0;
const WEIGHTLESS = {
  character_profile_id: NO_CHARACTER,
  generation_ids: '[]',
  archive: null,
  weights_bytes: null,
  weights_sha256: null,
};

/** After the weights are gone: what stays says what they cost. Of somebody else's training its maker stays as well. */
export async function blankTraining(trx: Db, training: { id: string; isOwn: boolean }): Promise<void> {
  const { id, isOwn } = training;
  const own = { user_id: NOBODY, trigger: '', weights_key: `erased/${id}`, error_message: null };
  await trx
    .updateTable('image_lora_trainings')
    .set({ ...WEIGHTLESS, ...(isOwn && own) })
    .where('id', '=', id)
    .execute();
  if (isOwn) await disownEntries(trx, id);
}

/** Leaves the weights with the character of somebody else, whose they are. Only inside a transaction. */
export async function disownTraining(trx: Db, id: string): Promise<void> {
  await trx.updateTable('image_lora_trainings').set({ user_id: NOBODY }).where('id', '=', id).execute();
  await disownEntries(trx, id);
}

async function disownEntries(trx: Db, trainingId: string): Promise<void> {
  const nobody = { user_id: NOBODY, reason: null };
  await trx.updateTable('image_credit_entries').set(nobody).where('generation_id', '=', trainingId).execute();
}

/** A reason that somebody gave is what they wrote; that there is a report stays for the moderators. */
const REPORTER_GONE = 'The user who reported this was erased.';

/**
 * The user's id, and what the user wrote, out of the tables that stay; so many rows of each at a time, only inside a transaction.
 * @returns how many rows were changed
 */
export async function purgeTraces(trx: Db, userId: number, limit: number): Promise<number> {
  const statements = [
    sql`update image_credit_entries set user_id = ${NOBODY}, period = null, reason = null
      where id in (select id from image_credit_entries where user_id = ${userId} limit ${limit})`,
    sql`delete from image_idempotency_keys where user_id = ${userId}
      and key in (select key from image_idempotency_keys where user_id = ${userId} limit ${limit})`,
    sql`update image_prompt_writings set user_id = ${NOBODY}
      where id in (select id from image_prompt_writings where user_id = ${userId} limit ${limit})`,
    // Two who reported the same picture cannot both be nobody: one report of it is enough to look at.
    sql`update or replace image_reports set user_id = ${NOBODY}, reason = ${REPORTER_GONE}
      where id in (select id from image_reports where user_id = ${userId} limit ${limit})`,
    sql`update image_audit set user_id = null, reason = null, details = null,
        subject = case instr(subject, ':') when 0 then subject else substr(subject, 1, instr(subject, ':') - 1) end
      where id in (select id from image_audit where user_id = ${userId} limit ${limit})`,
    sql`update image_audit set actor_id = ${NOBODY}
      where id in (select id from image_audit where actor_id = ${userId} limit ${limit})`,
    sql`update image_spending_switch set by_user_id = ${NOBODY} where by_user_id = ${userId}`,
  ];
  if (await hasUserColumn(trx)) {
    statements.push(sql`delete from post_images where id in (
      select id from post_images where user_id = ${userId} and id not in (select post_image_id from image_post_details)
      limit ${limit})`);
  }
  let rows = 0;
  for (const statement of statements) rows += await changed(trx, statement);
  return rows;
}

async function changed(trx: Db, statement: ReturnType<typeof sql>): Promise<number> {
  return Number((await statement.execute(trx)).numAffectedRows ?? 0);
}

/** Every column of ours in which a user's id may stand, but for those that are the record of the erasure. */
export const USER_COLUMNS = [
  ['character_profiles', 'user_id'],
  ['image_post_details', 'user_id'],
  ['image_generations', 'user_id'],
  ['image_lora_trainings', 'user_id'],
  ['image_prompt_writings', 'user_id'],
  ['image_idempotency_keys', 'user_id'],
  ['image_credit_entries', 'user_id'],
  ['image_reports', 'user_id'],
  ['image_audit', 'user_id'],
  ['image_audit', 'actor_id'],
  ['image_spending_switch', 'by_user_id'],
] as const;

/** Whether anything of the user is left but the account. */
export async function isAnythingLeft(trx: Db, userId: number): Promise<boolean> {
  for (const [table, column] of USER_COLUMNS) {
    const { rows } = await sql`select 1 from ${sql.table(table)} where ${sql.ref(column)} = ${userId} limit 1`.execute(
      trx,
    );
    if (rows.length > 0) return true;
  }
  return false;
}

/** Adds what the user had left to the account of nobody, so that the accounts stay the sums of the entries. */
export async function closeAccount(trx: Db, userId: number): Promise<void> {
  await sql`insert into image_credit_accounts (user_id, balance, held)
    select ${NOBODY}, balance, held from image_credit_accounts where user_id = ${userId}
    on conflict (user_id) do update set balance = balance + excluded.balance, held = held + excluded.held`.execute(trx);
  await trx.deleteFrom('image_credit_accounts').where('user_id', '=', userId).execute();
}

/** Users whose rows are here and whom the forum has not any more, and how many it still has. */
export async function vanishedUsers(db: Db): Promise<{ gone: number[]; known: number }> {
  const columns = [...USER_COLUMNS, ['image_credit_accounts', 'user_id'] as const];
  const users = sql.join(columns.map(usersIn), sql` union `);
  const { rows } = await sql<{ id: number; is_known: 0 | 1 }>`
    select id, id in (select id from users) as is_known from (${users})`.execute(db);
  const gone = rows.filter(({ is_known }) => !is_known).map(({ id }) => id);
  return { gone, known: rows.length - gone.length };
}

/** Each once, from one to the next above it by the index of the column: there are far fewer users than rows. */
function usersIn([table, column]: readonly [table: string, column: string]) {
  const id = sql.ref(column);
  return sql`select id from (
    with recursive found (id) as (
      select ${NOBODY}
      union all select (select min(${id}) from ${sql.table(table)} where ${id} > found.id) from found where found.id is not null
    ) select id from found where id > ${NOBODY})`;
}
