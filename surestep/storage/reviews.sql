-- Statements about what is reviewed once it went on, and about rungs of autonomy.

-- name: put_action
INSERT INTO actions (
    key, thread_id, run, step, visit, at, raw, confidence, amount_usd, size,
    chance, full_chance, spared, origin, question_id, question
) VALUES (
    :key, :thread_id, :run, :step, :visit, :at, :raw, :confidence, :amount_usd, :size,
    :chance, :full_chance, :spared, :origin, :question_id, :question
)
ON CONFLICT (key) DO UPDATE SET
    at          = excluded.at,
    raw         = excluded.raw,
    confidence  = excluded.confidence,
    amount_usd  = excluded.amount_usd,
    size        = excluded.size,
    chance      = excluded.chance,
    full_chance = excluded.full_chance,
    spared      = excluded.spared,
    origin      = excluded.origin,
    question_id = excluded.question_id,
    question    = excluded.question
WHERE actions.settled = 0;

-- name: drop_action
DELETE FROM actions WHERE key = :key AND settled = 0;

-- name: pending_actions
SELECT key, origin FROM actions WHERE thread_id = :thread_id AND settled = 0 ORDER BY at, key;

-- name: pending_action
SELECT * FROM actions WHERE key = :key AND settled = 0;

-- name: settle_action
UPDATE actions SET settled = 1, question = NULL WHERE key = :key;

-- name: actions
SELECT
    key, actions.thread_id, run, actions.step, actions.visit, at, raw, actions.confidence,
    actions.amount_usd, size, chance, actions.question_id, questions.status, questions.decision
FROM actions LEFT JOIN questions ON questions.question_id = actions.question_id
WHERE settled = 1 AND (actions.step = :step OR :step IS NULL) AND at > :since
ORDER BY at, key;

-- name: approvals_decided
SELECT * FROM questions
WHERE kind = 'approval' AND decision IS NOT NULL AND status = 'answered'
  AND (step = :step OR :step IS NULL) AND asked_at > :since
ORDER BY asked_at, question_id;

-- name: recent_confidences
SELECT confidence FROM actions WHERE step = :step AND settled = 1 AND chance > 0
ORDER BY at DESC LIMIT :limit;

-- name: add_rung
INSERT INTO rungs VALUES (:step, :number, :rung, :at, :who, :what, :why, :evidence)
ON CONFLICT (step, number) DO NOTHING;

-- name: rungs
SELECT * FROM rungs WHERE step = :step OR :step IS NULL ORDER BY step, number;

-- name: save_terms
INSERT INTO terms VALUES (:step, :terms)
ON CONFLICT (step) DO UPDATE SET terms = excluded.terms;

-- name: terms
SELECT * FROM terms ORDER BY step;

-- name: asking
SELECT * FROM asking WHERE team = :team;

-- name: save_asking
INSERT INTO asking VALUES (:team, :asked, :sampled, :at)
ON CONFLICT (team) DO UPDATE SET
    asked   = excluded.asked,
    sampled = excluded.sampled,
    at      = excluded.at;

-- name: waiting_in
SELECT count(*) AS waiting FROM questions
WHERE status = 'open' AND queue = :queue AND priority >= :priority;

-- name: asked_lately
SELECT kind, must, coalesce(calibrated, confidence) AS confidence, amount_usd, asked_at AS at
FROM questions
WHERE queue = :queue AND asked_at >= :since
ORDER BY asked_at;

-- name: done_lately
SELECT step, at, confidence, amount_usd, full_chance, spared FROM actions
WHERE step = :step AND at >= :since
ORDER BY at;
