-- What only Postgres spells so.

-- name: tables
SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema();

-- name: events
SELECT * FROM events
WHERE thread_id = :thread_id AND seq > :after
  AND (kind IN (SELECT json_array_elements_text(:kinds::json)) OR :kinds::json IS NULL)
ORDER BY seq;

-- name: spent
-- Escapes that Postgres has no character for, and NUL and halves of surrogate pairs are such,
-- would have it refuse the whole text: they make place for a blank, which no sum reads.
SELECT
    coalesce(said ->> 'role', 'worker') = 'checker'                         AS checker,
    count(*)                                                                AS calls,
    coalesce(sum(cost_usd), 0)                                              AS cost_usd,
    coalesce(sum((said #>> '{usage,input_tokens}')::double precision), 0)   AS input_tokens,
    coalesce(sum((said #>> '{usage,output_tokens}')::double precision), 0)  AS output_tokens,
    coalesce(sum((said ->> 'estimated_usd')::double precision), 0)          AS estimated_usd,
    coalesce(sum((said ->> 'withheld_usd')::double precision), 0)           AS withheld_usd
FROM events, LATERAL (
    SELECT regexp_replace(data, '\\u(0000|d[89a-f][0-9a-f]{2})', '\\u0020', 'g')::json AS said
) AS plain
WHERE thread_id = :thread_id AND kind = 'model_call'
GROUP BY checker;

-- name: only_queues
LOCK TABLE queues IN SHARE ROW EXCLUSIVE MODE;

-- name: now
SELECT extract(epoch FROM clock_timestamp())::double precision AS now;

-- name: encoding
SELECT current_setting('server_encoding') AS value;

-- name: lock_schema
-- The number is the application's, as SQLite files have it: "SURE".
SELECT pg_advisory_xact_lock(1398100549);

-- name: try_checkpoints
SELECT 1 AS value WHERE pg_try_advisory_lock(1398100549, 1);

-- name: leave_checkpoints
SELECT pg_advisory_unlock(1398100549, 1);

-- name: make_schema
DO $$
BEGIN
    IF current_schema() IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', split_part(current_setting('search_path'), ',', 1));
    END IF;
END
$$;

-- name: make
CREATE TABLE schema_version (version BIGINT PRIMARY KEY);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END
$$;

-- name: version
SELECT coalesce(max(version), 0) AS value FROM schema_version;

-- name: set_version
INSERT INTO schema_version VALUES (:version) ON CONFLICT DO NOTHING;

-- name: count_rows
-- The place of a row in the order in which rows came, as every SQLite table and index has it. In
-- an index that has the whole order, what is offered next is found without sorting what waits.
ALTER TABLE threads ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;
ALTER TABLE questions ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;
DROP INDEX questions_to_offer;
CREATE INDEX questions_to_offer ON questions (queue, priority DESC, queued_at, asked_at, rowid)
WHERE status = 'open';
