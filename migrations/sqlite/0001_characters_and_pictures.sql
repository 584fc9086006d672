-- The two tables that the forum's own SQL may read, with the columns agreed with it, and this service's own tables beside
-- them, all named image_*. Nothing of the forum's is changed. Times are ISO 8601 UTC text; *_ms are Unix milliseconds.

CREATE TABLE IF NOT EXISTS character_profiles (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id             INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  game_id             INTEGER NOT NULL REFERENCES games(id) ON DELETE CASCADE,
  name                TEXT NOT NULL,
  base_description    TEXT NOT NULL,
  style_modifiers     TEXT,
  reference_seed      INTEGER,
  reference_image_url TEXT,
  created_at          TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX IF NOT EXISTS image_character_profiles_by_game ON character_profiles (game_id, id);

CREATE TABLE IF NOT EXISTS post_images (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  post_id              INTEGER NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
  character_profile_id INTEGER REFERENCES character_profiles(id) ON DELETE SET NULL,
  prompt               TEXT NOT NULL,
  negative_prompt      TEXT,
  image_url            TEXT NOT NULL,
  thumbnail_url        TEXT,
  generation_params    TEXT,
  created_at           TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX IF NOT EXISTS image_post_images_by_post ON post_images (post_id, id);
CREATE INDEX IF NOT EXISTS image_post_images_by_character ON post_images (character_profile_id, id);

-- What a character has beyond the agreed columns.
CREATE TABLE image_character_settings (
  character_profile_id INTEGER PRIMARY KEY REFERENCES character_profiles(id) ON DELETE CASCADE,
  style                TEXT,
  negative_prompt      TEXT NOT NULL DEFAULT '',
  usable_by            TEXT NOT NULL DEFAULT 'owner' CHECK (usable_by IN ('owner', 'game')),
  lora_weights         TEXT,
  lora_scale           REAL,
  lora_trigger         TEXT,
  reference_image_id   INTEGER,
  reference_revision   INTEGER NOT NULL DEFAULT 0,
  updated_at           TEXT NOT NULL
);

CREATE TABLE image_character_looks (
  character_profile_id INTEGER NOT NULL REFERENCES character_profiles(id) ON DELETE CASCADE,
  name                 TEXT NOT NULL,
  description          TEXT NOT NULL,
  PRIMARY KEY (character_profile_id, name)
) WITHOUT ROWID;

-- One row for each picture in the storage: the keys of its two objects. It outlives whoever used it until both are deleted.
CREATE TABLE image_files (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  generation_id   TEXT NOT NULL UNIQUE,
  image_key       TEXT NOT NULL UNIQUE,
  thumbnail_key   TEXT NOT NULL UNIQUE,
  width           INTEGER NOT NULL,
  height          INTEGER NOT NULL,
  image_bytes     INTEGER NOT NULL,
  thumbnail_bytes INTEGER NOT NULL,
  image_sha256    TEXT NOT NULL,
  created_at      TEXT NOT NULL,
  deleted_at      TEXT,
  -- since when the storage is known not to hold what this row says, and what is wrong; for people to look into
  broken_at       TEXT,
  broken_reason   TEXT CHECK (broken_reason IN ('missing', 'size', 'sha256'))
);
CREATE INDEX image_files_deleted ON image_files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX image_files_broken ON image_files (id) WHERE broken_at IS NOT NULL;

-- The last comparisons of the storage with the rows. One without an end is running while its lease lasts, or has died.
CREATE TABLE image_orphan_sweeps (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  lease_until_ms INTEGER NOT NULL,
  started_at     TEXT NOT NULL,
  finished_at    TEXT,
  succeeded      INTEGER NOT NULL DEFAULT 0,
  report         TEXT
);

-- Pictures of a character alone: candidates, and a revision number for each that was ever accepted.
CREATE TABLE image_reference_images (
  id                   INTEGER PRIMARY KEY AUTOINCREMENT,
  character_profile_id INTEGER NOT NULL REFERENCES character_profiles(id) ON DELETE CASCADE,
  generation_id        TEXT NOT NULL UNIQUE,
  file_id              INTEGER NOT NULL REFERENCES image_files(id),
  seed                 INTEGER NOT NULL,
  revision             INTEGER,
  created_at           TEXT NOT NULL
);
CREATE INDEX image_reference_images_by_character ON image_reference_images (character_profile_id, id);
-- The three indexes by file are for its deletion alone: without them it reads whole tables with the forum's lock in hand.
CREATE INDEX image_reference_images_by_file ON image_reference_images (file_id);

-- What a picture in a post has beyond the agreed columns. A row of an older post_images has none.
CREATE TABLE image_post_details (
  post_image_id INTEGER PRIMARY KEY REFERENCES post_images(id) ON DELETE CASCADE,
  generation_id TEXT NOT NULL UNIQUE,
  file_id       INTEGER NOT NULL REFERENCES image_files(id),
  user_id       INTEGER NOT NULL,
  mode          TEXT NOT NULL,
  scene         TEXT NOT NULL,
  character_ids TEXT NOT NULL,
  alt_text      TEXT NOT NULL
);
CREATE INDEX image_post_details_by_user ON image_post_details (user_id);
CREATE INDEX image_post_details_by_file ON image_post_details (file_id);

-- A generation: the request for one picture, its recipe and where it stands. The row is the state; there is no other queue.
CREATE TABLE image_generations (
  id                 TEXT PRIMARY KEY,
  kind               TEXT NOT NULL CHECK (kind IN ('reference', 'post', 'draft')),
  user_id            INTEGER NOT NULL,
  game_id            INTEGER NOT NULL,
  post_id            INTEGER,
  mode               TEXT NOT NULL CHECK (mode IN ('character', 'scene_with_character', 'scene')),
  character_ids      TEXT NOT NULL,
  scene              TEXT NOT NULL,
  alt_text           TEXT NOT NULL,
  recipe             TEXT NOT NULL,
  status             TEXT NOT NULL CHECK (status IN
                     ('queued', 'submitting', 'generating', 'storing', 'succeeded', 'failed', 'canceled', 'needs_review')),
  progress           REAL NOT NULL DEFAULT 0,
  version            INTEGER NOT NULL DEFAULT 1,
  cancel_requested   INTEGER NOT NULL DEFAULT 0,
  -- what was written down before any effect
  nonce              TEXT NOT NULL UNIQUE,
  image_key          TEXT NOT NULL UNIQUE,
  thumbnail_key      TEXT NOT NULL UNIQUE,
  -- what the provider answered
  submitted_at       TEXT,
  prediction_id      TEXT,
  -- what a webhook has named while the answer to the request was still out: looked at, never believed
  hinted_prediction_id TEXT,
  -- when the provider's list, read in full, first did not hold a request whose answer was lost
  absent_since_ms    INTEGER,
  model_version      TEXT,
  predict_seconds    REAL,
  -- what it costs at a guess, which counts against the day's budget until what it did cost is known
  estimated_usd      REAL NOT NULL DEFAULT 0,
  cost_usd           REAL,
  -- how it ended
  file_id            INTEGER REFERENCES image_files(id) ON DELETE SET NULL,
  post_image_id      INTEGER,
  reference_image_id INTEGER,
  credits            INTEGER NOT NULL,
  error_code         TEXT,
  error_message      TEXT,
  -- when a worker looks next, and which worker holds it
  run_at_ms          INTEGER NOT NULL,
  tries              INTEGER NOT NULL DEFAULT 0,
  lease_owner        TEXT,
  lease_until_ms     INTEGER NOT NULL DEFAULT 0,
  created_at         TEXT NOT NULL,
  updated_at         TEXT NOT NULL,
  finished_at        TEXT,
  -- the one that an admin has had made in its place
  retried_as         TEXT
);
CREATE INDEX image_generations_unfinished ON image_generations (status, run_at_ms)
  WHERE status IN ('queued', 'submitting', 'generating', 'storing');
CREATE INDEX image_generations_by_file ON image_generations (file_id);
CREATE INDEX image_generations_submitted ON image_generations (submitted_at) WHERE prediction_id IS NOT NULL;
CREATE INDEX image_generations_by_user ON image_generations (user_id, created_at);
-- With all that is summed up over days and months, so that the rows themselves, each with its recipe, are not read for it.
CREATE INDEX image_generations_by_day ON image_generations (finished_at, status, user_id, game_id, credits, cost_usd)
  WHERE finished_at IS NOT NULL;

-- Finished bytes that the storage would not take yet. The picture is paid; only the upload is tried again.
CREATE TABLE image_spool (
  generation_id TEXT PRIMARY KEY REFERENCES image_generations(id) ON DELETE CASCADE,
  image         BLOB NOT NULL,
  thumbnail     BLOB NOT NULL,
  width         INTEGER NOT NULL,
  height        INTEGER NOT NULL,
  -- 1 for bytes that the host's signer has seen: each time it signs, they come out as others
  signed        INTEGER NOT NULL DEFAULT 0
);

-- A LoRA training of a character, and where it stands. Its id has holds in the ledger as a generation's has. It outlives its
-- character until its weights are deleted from the storage.
CREATE TABLE image_lora_trainings (
  id                   TEXT PRIMARY KEY,
  character_profile_id INTEGER NOT NULL,
  user_id              INTEGER NOT NULL,
  game_id              INTEGER NOT NULL,
  status               TEXT NOT NULL CHECK (status IN
                       ('queued', 'preparing', 'submitting', 'training', 'storing', 'succeeded', 'failed', 'canceled', 'needs_review')),
  progress             REAL NOT NULL DEFAULT 0,
  cancel_requested     INTEGER NOT NULL DEFAULT 0,
  -- what was written down before any effect
  nonce                TEXT NOT NULL UNIQUE,
  weights_key          TEXT NOT NULL UNIQUE,
  "trigger"            TEXT NOT NULL,
  seed                 INTEGER NOT NULL,
  steps                INTEGER NOT NULL,
  -- the generations whose pictures it learns from; those not finished yet are waited for
  generation_ids       TEXT NOT NULL,
  -- where the provider reads the pictures from, and since when
  archive              TEXT,
  archived_at          TEXT,
  -- what the provider answered
  submitted_at         TEXT,
  training_id          TEXT,
  hinted_training_id   TEXT,
  absent_since_ms      INTEGER,
  model_version        TEXT,
  train_seconds        REAL,
  estimated_usd        REAL NOT NULL DEFAULT 0,
  cost_usd             REAL,
  -- written before the upload: as long as it is there, so may be the object
  weights_bytes        INTEGER,
  weights_sha256       TEXT,
  -- how it ended
  credits              INTEGER NOT NULL,
  error_code           TEXT,
  error_message        TEXT,
  -- when a worker looks next, and which worker holds it
  run_at_ms            INTEGER NOT NULL,
  tries                INTEGER NOT NULL DEFAULT 0,
  lease_owner          TEXT,
  lease_until_ms       INTEGER NOT NULL DEFAULT 0,
  created_at           TEXT NOT NULL,
  updated_at           TEXT NOT NULL,
  finished_at          TEXT
);
CREATE UNIQUE INDEX image_lora_trainings_one_active ON image_lora_trainings (character_profile_id)
  WHERE status IN ('queued', 'preparing', 'submitting', 'training', 'storing');
CREATE INDEX image_lora_trainings_by_character ON image_lora_trainings (character_profile_id, created_at);
CREATE INDEX image_lora_trainings_by_day ON image_lora_trainings (finished_at) WHERE finished_at IS NOT NULL;

-- Calls to the language model that writes scenes, for the day's budget: each at the highest price that it may have, until its own
-- is known. What was written is not kept.
CREATE TABLE image_prompt_writings (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id     INTEGER NOT NULL,
  game_id     INTEGER NOT NULL,
  model       TEXT NOT NULL,
  cost_usd    REAL NOT NULL,
  finished_at TEXT NOT NULL
);
CREATE INDEX image_prompt_writings_by_day ON image_prompt_writings (finished_at);

CREATE TABLE image_idempotency_keys (
  user_id        INTEGER NOT NULL,
  route          TEXT NOT NULL,
  key            TEXT NOT NULL,
  body_sha256    TEXT NOT NULL,
  generation_ids TEXT NOT NULL,
  created_at     TEXT NOT NULL,
  PRIMARY KEY (user_id, route, key)
) WITHOUT ROWID;

-- The ledger. Entries are only ever added. amount moves the balance, held moves what is reserved:
-- grant (+n, 0), hold (0, +n), settle (-n, -n), void (0, -n), adjust (±n, 0).
CREATE TABLE image_credit_entries (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id       INTEGER NOT NULL,
  generation_id TEXT,
  kind          TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'void', 'adjust')),
  amount        INTEGER NOT NULL,
  held          INTEGER NOT NULL,
  period        TEXT,
  reason        TEXT,
  created_at    TEXT NOT NULL
);
CREATE INDEX image_credit_entries_by_user ON image_credit_entries (user_id, id);
CREATE UNIQUE INDEX image_credit_one_hold ON image_credit_entries (generation_id) WHERE kind = 'hold';
CREATE UNIQUE INDEX image_credit_one_resolution ON image_credit_entries (generation_id) WHERE kind IN ('settle', 'void');
CREATE UNIQUE INDEX image_credit_one_allowance ON image_credit_entries (user_id, period) WHERE period IS NOT NULL;

-- The sum of the entries of a user, kept in the same commit, so that the database itself refuses to overdraw.
CREATE TABLE image_credit_accounts (
  user_id INTEGER PRIMARY KEY,
  balance INTEGER NOT NULL,
  held    INTEGER NOT NULL CHECK (held >= 0),
  CHECK (balance - held >= 0)
);

CREATE TABLE image_reports (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  post_image_id INTEGER NOT NULL,
  user_id       INTEGER NOT NULL,
  reason        TEXT NOT NULL,
  created_at    TEXT NOT NULL,
  -- when, and as what, somebody has dealt with it; null while it is open
  resolved_at   TEXT,
  resolution    TEXT CHECK (resolution IN ('dismissed', 'taken_down', 'deleted')),
  UNIQUE (post_image_id, user_id)
);
