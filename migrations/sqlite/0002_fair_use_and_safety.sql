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

-- For admins, who look for generations of all users, newest first; and for the metrics, which count them by status.
CREATE INDEX image_generations_newest ON image_generations (created_at, id);
CREATE INDEX image_generations_by_status ON image_generations (status, created_at, id);
