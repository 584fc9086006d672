// Rows of what has ended, as many as one likes, for what is summed up over them.
import BetterSqlite3 from 'better-sqlite3';

interface Ended {
  user: number;
  game: number;
  /** Null for what has not ended. */
  day: string | null;
  status: string;
  usd: number | null;
}

/** A recipe of the usual length: what it weighs is what a sum must not read. */
const RECIPE = JSON.stringify({ model: 'm', prompt: 'x'.repeat(1500) });

export function fillUsage(path: string) {
  const db = new BetterSqlite3(path);
  const picture = db.prepare(`
    INSERT INTO image_generations (id, kind, user_id, game_id, mode, character_ids, scene, alt_text, recipe, status, nonce,
      image_key, thumbnail_key, cost_usd, credits, run_at_ms, created_at, updated_at, finished_at)
    VALUES (@id, 'draft', @user, @game, 'scene', '[]', '', '', '${RECIPE}', @status, @id, @id || 'i', @id || 't', @usd, 1,
      9e15, '', '', @day)`);
  const training = db.prepare(`
    INSERT INTO image_lora_trainings (id, character_profile_id, user_id, game_id, status, nonce, weights_key, "trigger",
      seed, steps, generation_ids, cost_usd, credits, run_at_ms, created_at, updated_at, finished_at)
    VALUES (@id, 1, @user, @game, @status, @id, @id, 'TOK', 1, 1, '[]', @usd, 50, 9e15, '', '', @day)`);
  const writing = db.prepare(`
    INSERT INTO image_prompt_writings (user_id, game_id, model, cost_usd, finished_at)
    VALUES (@user, @game, 'm', @usd, @day)`);
  let count = 0;
  return {
    picture: (row: Ended) => void picture.run({ ...row, id: `picture ${count++}` }),
    training: (row: Ended) => void training.run({ ...row, id: `training ${count++}` }),
    writing: (row: Omit<Ended, 'status'>) => void writing.run(row),
  };
}
