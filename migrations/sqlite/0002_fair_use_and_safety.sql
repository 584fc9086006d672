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

-- Erasures of users. While one has no end, nobody is shown anything of its user, who can ask for nothing either. The rows outlive
-- their users: whoever restores an older copy of the file reads from them who is to be erased from it again.
CREATE TABLE image_erasures (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER NOT NULL,
  requested_at TEXT NOT NULL,
  finished_at  TEXT,
  -- what it waits for, when something is not to be had
  waiting_for  TEXT CHECK (waiting_for IN ('provider', 'storage')),
  -- what is gone so far
  characters   INTEGER NOT NULL DEFAULT 0,
  generations  INTEGER NOT NULL DEFAULT 0,
  trainings    INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX image_erasures_one_running ON image_erasures (user_id) WHERE finished_at IS NULL;
CREATE INDEX image_erasures_by_user ON image_erasures (user_id, id);
