-- What admins and moderators need, and what they did. All tables are this service's own.

-- The record of what admins and game masters did: entries are only added. actor_id did action to subject, such as
-- 'credits.grant' to 'user:7'; user_id is the user it concerns, and is forgotten when that user is erased.
CREATE TABLE image_audit (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at       TEXT NOT NULL,
  actor_id INTEGER NOT NULL,
  action   TEXT NOT NULL,
  subject  TEXT NOT NULL,
  user_id  INTEGER,
  reason   TEXT,
  details  TEXT
);
CREATE INDEX image_audit_by_user ON image_audit (user_id) WHERE user_id IS NOT NULL;

-- Whether an admin has stopped all that costs money, and who turned the switch last: one row, and none before it was ever turned.
CREATE TABLE image_spending_switch (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  paused     INTEGER NOT NULL,
  since      TEXT NOT NULL,
  by_user_id INTEGER NOT NULL,
  reason     TEXT NOT NULL
);
-- Pictures that cost the operator money and their users nothing, for the limit on them.
CREATE INDEX image_generations_rejected ON image_generations (user_id, finished_at) WHERE error_code = 'output_rejected';
-- Erasures of users. While one has no end, nobody is shown anything of its user, who can ask for nothing either. The rows outlive
-- their users: whoever restores an older copy of the file reads from them who is to be erased from it again.
CREATE TABLE image_erasures (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL,
  requested_at TEXT NOT NULL,
  finished_at  TEXT,
  -- what was left of the month's credits: so many, and no fresh allowance, are there for one who begins anew in the same month;
  -- null when none were given
  credits_left INTEGER,
  -- when the safety filter refused the user's last pictures, newest first
  rejections   TEXT NOT NULL DEFAULT '[]',
  -- what it waits for, when something is not to be had
  waiting_for  TEXT CHECK (waiting_for IN ('provider', 'storage')),
  -- what is gone so far
  characters   INTEGER NOT NULL DEFAULT 0,
  generations  INTEGER NOT NULL DEFAULT 0,
  trainings    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX image_erasures_one_running ON image_erasures (user_id) WHERE finished_at IS NULL;
CREATE INDEX image_erasures_by_user ON image_erasures (user_id, id);
-- Pictures that were taken down, and what keeps them from being made again: the digest of the image, and that of the recipe with
-- its seed. A row goes when its picture is restored; it outlives one that is deleted, and then only the digests are left in it.
CREATE TABLE image_takedowns (
  file_id       INTEGER PRIMARY KEY,
  image_sha256  TEXT NOT NULL,
  recipe_sha256 TEXT NOT NULL,
  seed          INTEGER NOT NULL,
  reason        TEXT NOT NULL,
  category      TEXT,
  at            TEXT NOT NULL,
  -- of a reference image: it was the one in use
  was_accepted  INTEGER NOT NULL,
  -- no game master brings it back then
  by_admin      INTEGER NOT NULL,
  -- when its objects are to be moved out of public reach next, and who is at it; null when they are
  hide_at_ms    INTEGER,
  held_by       TEXT
);
CREATE INDEX image_takedowns_by_image ON image_takedowns (image_sha256);
CREATE INDEX image_takedowns_by_recipe ON image_takedowns (recipe_sha256);
CREATE INDEX image_takedowns_to_hide ON image_takedowns (hide_at_ms) WHERE hide_at_ms IS NOT NULL;
CREATE INDEX image_reports_open ON image_reports (id) WHERE resolved_at IS NULL;
-- For admins, who look for generations of all users, newest first; and for the metrics, which count them by status.
CREATE INDEX image_generations_newest ON image_generations (created_at, id);
CREATE INDEX image_generations_by_status ON image_generations (status, created_at, id);
