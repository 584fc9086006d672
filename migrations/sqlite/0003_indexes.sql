-- What is asked for with the forum's lock in hand, or by everybody, is found by an index however many years of pictures there are.

-- Pictures that cost the operator money and their users nothing, for the limit on them.
DROP INDEX image_generations_rejected;
CREATE INDEX image_generations_rejected ON image_generations (user_id, finished_at)
  WHERE error_code IN ('output_rejected', 'taken_down') AND status = 'failed';
-- As the index of the newest, for who looks at one game: for a game without pictures that one is read to its end. With the status,
-- so that those in another are passed over without reading their rows.
CREATE INDEX image_generations_by_game ON image_generations (game_id, created_at, id, status);
-- What was held for one picture or training is read in the commit that ends it. The partial indexes do not serve: who asks has no kind.
CREATE INDEX image_credit_entries_by_generation ON image_credit_entries (generation_id) WHERE generation_id IS NOT NULL;
-- For erasures: without them each of their commits reads whole tables with the forum's lock in hand. The first one also serves the
-- forum's own deletion of a user, by the foreign key.
CREATE INDEX image_character_profiles_by_user ON character_profiles (user_id, id);
CREATE INDEX image_lora_trainings_by_user ON image_lora_trainings (user_id);
CREATE INDEX image_prompt_writings_by_user ON image_prompt_writings (user_id);
CREATE INDEX image_reports_by_user ON image_reports (user_id);
CREATE INDEX image_audit_by_actor ON image_audit (actor_id);
