-- The schema in SQLite, one section per version. A database is brought up to date by running
-- the sections above its own `user_version`, in order, in one transaction. Released sections
-- are never edited: a change is a new section.
-- Times are seconds since the epoch. Columns holding JSON are TEXT.

-- name: version_1
CREATE TABLE threads (
    thread_id  TEXT PRIMARY KEY,
    target     TEXT,
    status     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    slo        TEXT,
    plan       TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    cost_usd   REAL NOT NULL,
    machine_s  REAL NOT NULL,
    human_s    REAL NOT NULL
);
CREATE INDEX threads_by_age ON threads (created_at);

CREATE TABLE events (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    thread_id TEXT NOT NULL,
    kind      TEXT NOT NULL,
    at        REAL NOT NULL,
    step      TEXT NOT NULL,
    visit     INTEGER NOT NULL,
    attempt   INTEGER NOT NULL,
    latency_s REAL,
    cost_usd  REAL,
    data      TEXT NOT NULL
);
CREATE INDEX events_by_thread ON events (thread_id, seq);

CREATE TABLE questions (
    question_id TEXT PRIMARY KEY,
    thread_id   TEXT NOT NULL,
    step        TEXT NOT NULL,
    visit       INTEGER NOT NULL,
    status      TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered', 'closed')),
    reason      TEXT NOT NULL,
    proposal    TEXT NOT NULL,
    verdicts    TEXT NOT NULL,
    allowed     TEXT NOT NULL,
    schema      TEXT,
    approvers   INTEGER NOT NULL,
    queue       TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    confidence  REAL,
    asked_at    REAL NOT NULL,
    decision    TEXT
);
CREATE INDEX questions_by_thread ON questions (thread_id, status);
CREATE INDEX questions_by_queue ON questions (status, queue, priority DESC, asked_at);

CREATE TABLE audit (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          REAL NOT NULL,
    question_id TEXT NOT NULL REFERENCES questions (question_id),
    who         TEXT NOT NULL,
    what        TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX audit_by_question ON audit (question_id, seq);
CREATE TRIGGER audit_keeps_entries BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TABLE effects (
    key       TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL,
    step      TEXT NOT NULL,
    visit     INTEGER NOT NULL,
    status    TEXT NOT NULL CHECK (status IN ('begun', 'done')),
    intent    TEXT NOT NULL,
    result    TEXT,
    begun_at  REAL NOT NULL,
    done_at   REAL
);
CREATE INDEX effects_by_thread ON effects (thread_id);

-- name: version_2
-- Reversible effects. A key that has been undone may be begun again; place is the order in which
-- they ended, and asked how often a key was stuck, whatever it has been since.
-- Columns holding what a checkpointer's serializer made are BLOB.
CREATE TABLE deeds (
    key           TEXT PRIMARY KEY,
    thread_id     TEXT NOT NULL,
    run           INTEGER NOT NULL,
    step          TEXT NOT NULL,
    visit         INTEGER NOT NULL,
    lineage       TEXT NOT NULL,
    superstep     INTEGER NOT NULL,
    checkpoint_id TEXT NOT NULL,
    arg           BLOB,
    status        TEXT NOT NULL
                  CHECK (status IN ('begun', 'done', 'undoing', 'undone', 'stuck')),
    result        BLOB,
    kept          INTEGER NOT NULL DEFAULT 0,
    asked         INTEGER NOT NULL DEFAULT 0,
    place         INTEGER
);
CREATE INDEX deeds_by_run ON deeds (thread_id, run, superstep);

CREATE TABLE losses (
    thread_id     TEXT NOT NULL,
    token         TEXT NOT NULL,
    checkpoint_id TEXT NOT NULL,
    entry         BLOB NOT NULL,
    PRIMARY KEY (thread_id, token, checkpoint_id)
);

-- name: version_3
-- Queues of questions. A question is held by whoever claimed it last, until held_until; nobody
-- holds it where held_by is empty. queued_at is when it came into the queue it is in now, and
-- a queue's deadlines are all queued_at and the same time more, so the index has their order.
ALTER TABLE questions ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN held_until REAL;
ALTER TABLE questions ADD COLUMN assigned_to TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN queued_at REAL NOT NULL DEFAULT 0;
UPDATE questions SET queued_at = asked_at;
CREATE INDEX questions_to_offer ON questions (queue, priority DESC, queued_at, asked_at)
WHERE status = 'open';
CREATE INDEX audit_of_claims ON audit (who, seq) WHERE what = 'claimed';

CREATE TABLE queues (
    name         TEXT PRIMARY KEY,
    sla_s        REAL,
    escalates_to TEXT,
    lease_s      REAL NOT NULL
);
