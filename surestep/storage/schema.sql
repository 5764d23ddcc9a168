-- The schema, one section per version, as SQLite spells it; other databases translate it. A
-- database is brought up to date by running the sections above its own version, in order, in one
-- transaction. Released sections are never edited: a change is a new section.
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

-- name: version_4
-- Review of what went on without a person, and autonomy. A question's kind says what its answer
-- is for: an 'approval' lets an output go on, 'help' gets a step out of trouble, and a 'review'
-- judges what has gone on already, so no run waits for it. must is 0 where the question may be
-- left out when more arrives than people can take.
ALTER TABLE questions ADD COLUMN kind TEXT NOT NULL DEFAULT 'approval'
    CHECK (kind IN ('approval', 'help', 'review'));
ALTER TABLE questions ADD COLUMN calibrated REAL;
ALTER TABLE questions ADD COLUMN amount_usd REAL;
ALTER TABLE questions ADD COLUMN tier TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN approving TEXT NOT NULL DEFAULT '';
ALTER TABLE questions ADD COLUMN must INTEGER NOT NULL DEFAULT 1;
CREATE INDEX questions_by_step ON questions (step, asked_at) WHERE decision IS NOT NULL;

-- Every output of a reviewed step that went on without a person, drawn for review or not, by the
-- key of its visit. It counts once it is settled: before, a rollback may take it back. origin is
-- JSON of the checkpoints its superstep started from, by graph. chance is the probability with
-- which it was to be drawn, full_chance what it would have been without pressure, and spared is 1
-- if a person would have been asked but for pressure. question is what a reviewer is asked, as
-- JSON, of what is drawn; its answer is found under question_id.
CREATE TABLE actions (
    key         TEXT PRIMARY KEY,
    thread_id   TEXT NOT NULL,
    run         INTEGER NOT NULL,
    step        TEXT NOT NULL,
    visit       INTEGER NOT NULL,
    at          REAL NOT NULL,
    raw         REAL,
    confidence  REAL NOT NULL,
    amount_usd  REAL,
    size        INTEGER NOT NULL,
    chance      REAL NOT NULL,
    full_chance REAL NOT NULL,
    spared      INTEGER NOT NULL DEFAULT 0,
    settled     INTEGER NOT NULL DEFAULT 0,
    origin      TEXT NOT NULL,
    question_id TEXT,
    question    TEXT
);
CREATE INDEX actions_by_step ON actions (step, settled, at);
CREATE INDEX actions_by_thread ON actions (thread_id, settled);

-- Where steps stand on the ladder of autonomy: the last entry of a step holds. Entries are only
-- added, and of two writers who both saw the last one, only one adds the next.
CREATE TABLE rungs (
    step     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    rung     INTEGER NOT NULL,
    at       REAL NOT NULL,
    who      TEXT NOT NULL,
    what     TEXT NOT NULL CHECK (what IN ('started', 'promoted', 'demoted', 'incident')),
    why      TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (step, number)
);

-- What a step declares about its review and its autonomy, as JSON, for whoever looks from outside
-- of its graph.
CREATE TABLE terms (
    step  TEXT PRIMARY KEY,
    terms TEXT NOT NULL
);

-- What people are asked for the time being, by the team that is under pressure.
CREATE TABLE asking (
    team    TEXT PRIMARY KEY,
    asked   REAL NOT NULL,
    sampled REAL NOT NULL,
    at      REAL NOT NULL
);

-- name: version_5
-- Which run goes on with a thread, by the process it is in, and until when that holds unless the
-- process says so again. token is of that run alone. machine is where process ids mean the same,
-- and started tells a process from an earlier one of its id.
CREATE TABLE runners (
    thread_id TEXT PRIMARY KEY,
    token     TEXT NOT NULL,
    host      TEXT NOT NULL,
    machine   TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    started   TEXT NOT NULL,
    since     REAL NOT NULL,
    until     REAL NOT NULL
);
