-- The statements of the store, by name. Every database understands them: each parameter is
-- compared with a column before it is asked to be NULL, where Postgres looks for its type, and
-- SQLite, where a write transaction is alone anyway, is not told which rows are read FOR UPDATE.

-- name: save_thread
INSERT INTO threads (
    thread_id, target, status, reason, slo, plan,
    created_at, updated_at, cost_usd, machine_s, human_s
) VALUES (
    :thread_id, :target, :status, :reason, :slo, :plan,
    :created_at, :updated_at, :cost_usd, :machine_s, :human_s
)
ON CONFLICT (thread_id) DO UPDATE SET
    target     = coalesce(excluded.target, threads.target),
    status     = excluded.status,
    reason     = excluded.reason,
    slo        = coalesce(excluded.slo, threads.slo),
    plan       = coalesce(excluded.plan, threads.plan),
    updated_at = excluded.updated_at,
    cost_usd   = max(excluded.cost_usd, threads.cost_usd),
    machine_s  = max(excluded.machine_s, threads.machine_s),
    human_s    = max(excluded.human_s, threads.human_s);

-- name: thread
SELECT * FROM threads WHERE thread_id = :thread_id;

-- name: threads
SELECT * FROM threads
WHERE status = :status OR :status IS NULL
ORDER BY created_at DESC, rowid DESC
LIMIT :limit;

-- name: add_event
INSERT INTO events (thread_id, kind, at, step, visit, attempt, latency_s, cost_usd, data)
VALUES (:thread_id, :kind, :at, :step, :visit, :attempt, :latency_s, :cost_usd, :data);

-- name: add_question
INSERT INTO questions (
    question_id, thread_id, step, visit, reason, proposal, verdicts, allowed, schema,
    approvers, queue, priority, confidence, asked_at, queued_at,
    kind, calibrated, amount_usd, tier, approving, must
) VALUES (
    :question_id, :thread_id, :step, :visit, :reason, :proposal, :verdicts, :allowed, :schema,
    :approvers, :queue, :priority, :confidence, :asked_at, :asked_at,
    :kind, :calibrated, :amount_usd, :tier, :approving, :must
)
ON CONFLICT (question_id) DO NOTHING;

-- name: question
SELECT * FROM questions WHERE question_id = :question_id;

-- name: questions
SELECT * FROM questions
WHERE (thread_id = :thread_id OR :thread_id IS NULL)
  AND (status = :status OR :status IS NULL)
  AND (queue = :queue OR :queue IS NULL)
ORDER BY priority DESC, asked_at, rowid;

-- name: decide_question
UPDATE questions SET status = 'answered', decision = :decision, held_by = '', held_until = NULL
WHERE question_id = :question_id;

-- name: item
SELECT questions.*, sla_s, escalates_to, lease_s
FROM questions LEFT JOIN queues ON queues.name = questions.queue
WHERE question_id = :question_id;

-- name: item_to_change
SELECT questions.*, sla_s, escalates_to, lease_s
FROM questions LEFT JOIN queues ON queues.name = questions.queue
WHERE question_id = :question_id
FOR UPDATE OF questions;

-- name: items
SELECT questions.*, sla_s, escalates_to, lease_s
FROM questions LEFT JOIN queues ON queues.name = questions.queue
WHERE (status = :status OR :status IS NULL) AND (queue = :queue OR :queue IS NULL)
  AND (queued_at + sla_s <= :due_by OR :due_by IS NULL)
ORDER BY priority DESC, queued_at + sla_s NULLS LAST, queued_at, asked_at, questions.rowid;

-- name: offer
-- The approvals are counted row by row: as NOT EXISTS, Postgres may read all there are instead.
SELECT questions.*, sla_s, escalates_to, lease_s
FROM questions LEFT JOIN queues ON queues.name = questions.queue
WHERE status = 'open' AND queue = :queue
  AND (held_until IS NULL OR held_until <= :now)
  AND assigned_to IN ('', :reviewer)
  AND 0 = (
      SELECT count(*) FROM audit
      WHERE audit.question_id = questions.question_id AND what = 'approve' AND who = :reviewer
  )
ORDER BY priority DESC, queued_at, asked_at, questions.rowid
LIMIT 1
FOR UPDATE OF questions SKIP LOCKED;

-- name: last_claim
SELECT coalesce(max(seq), 0) AS seq FROM audit WHERE who = :who AND what = 'claimed';

-- name: hold
UPDATE questions SET held_by = :held_by, held_until = :held_until
WHERE question_id = :question_id;

-- name: free_question
UPDATE questions SET held_by = '', held_until = NULL, assigned_to = ''
WHERE question_id = :question_id;

-- name: place
UPDATE questions SET
    queue       = :queue,
    queued_at   = :queued_at,
    assigned_to = :assigned_to,
    held_by     = '',
    held_until  = NULL
WHERE question_id = :question_id;

-- name: save_queue
INSERT INTO queues VALUES (:name, :sla_s, :escalates_to, :lease_s)
ON CONFLICT (name) DO UPDATE SET
    sla_s        = excluded.sla_s,
    escalates_to = excluded.escalates_to,
    lease_s      = excluded.lease_s;

-- name: queues
SELECT * FROM queues ORDER BY name;

-- name: close_question
UPDATE questions SET status = 'closed' WHERE question_id = :question_id AND status = 'open';

-- name: withdraw_question
UPDATE questions SET status = 'closed' WHERE question_id = :question_id AND status <> 'closed';

-- name: touch
INSERT INTO audit (at, question_id, who, what, detail)
VALUES (:at, :question_id, :who, :what, :detail);

-- name: touches
SELECT * FROM audit WHERE question_id = :question_id ORDER BY seq;

-- name: approvals
SELECT DISTINCT who FROM audit WHERE question_id = :question_id AND what = 'approve';

-- name: begin_effect
INSERT INTO effects (key, thread_id, step, visit, status, intent, begun_at)
VALUES (:key, :thread_id, :step, :visit, 'begun', :intent, :begun_at)
ON CONFLICT (key) DO NOTHING;

-- name: finish_effect
UPDATE effects SET status = 'done', result = :result, done_at = :done_at
WHERE key = :key AND status = 'begun';

-- name: effect
SELECT * FROM effects WHERE key = :key;

-- name: begin_deed
INSERT INTO deeds (
    key, thread_id, run, step, visit, lineage, superstep, checkpoint_id, arg, status
) VALUES (
    :key, :thread_id, :run, :step, :visit, :lineage, :superstep, :checkpoint_id, :arg, 'begun'
)
ON CONFLICT (key) DO UPDATE SET
    superstep     = excluded.superstep,
    checkpoint_id = excluded.checkpoint_id,
    arg           = excluded.arg,
    status        = 'begun',
    result        = NULL,
    kept          = 0,
    place         = NULL;

-- name: finish_deed
UPDATE deeds SET
    status = 'done',
    result = :result,
    place  = (SELECT coalesce(max(place), 0) + 1 FROM deeds)
WHERE key = :key;

-- name: mark_deed
UPDATE deeds SET status = :status, asked = asked + CASE :status WHEN 'stuck' THEN 1 ELSE 0 END
WHERE key = :key;

-- name: keep_deed
UPDATE deeds SET kept = 1 WHERE key = :key;

-- name: move_deed
UPDATE deeds SET superstep = :superstep, checkpoint_id = :checkpoint_id, kept = 0
WHERE key = :key;

-- name: deed
SELECT * FROM deeds WHERE key = :key;

-- name: deeds
SELECT * FROM deeds
WHERE thread_id = :thread_id AND run = :run AND superstep >= :since AND status != 'undone'
ORDER BY place IS NOT NULL, place DESC;

-- name: add_loss
INSERT INTO losses VALUES (:thread_id, :token, :checkpoint_id, :entry) ON CONFLICT DO NOTHING;

-- name: loss
SELECT entry FROM losses
WHERE thread_id = :thread_id AND token = :token AND checkpoint_id = :checkpoint_id;

-- name: take_thread
INSERT INTO runners (thread_id, token, host, machine, pid, started, since, until)
VALUES (:thread_id, :token, :host, :machine, :pid, :started, :since, :until)
ON CONFLICT (thread_id) DO UPDATE SET
    token   = excluded.token,
    host    = excluded.host,
    machine = excluded.machine,
    pid     = excluded.pid,
    started = excluded.started,
    since   = excluded.since,
    until   = excluded.until
WHERE runners.until <= excluded.since OR runners.token = :gone;

-- name: runner
SELECT * FROM runners WHERE thread_id = :thread_id;

-- name: keep_thread
UPDATE runners SET until = :until WHERE thread_id = :thread_id AND token = :token;

-- name: leave_thread
DELETE FROM runners WHERE thread_id = :thread_id AND token = :token;
