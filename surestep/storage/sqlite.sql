-- What only SQLite spells so.

-- name: tables
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%';

-- name: events
SELECT * FROM events
WHERE thread_id = :thread_id AND seq > :after
  AND (kind IN (SELECT value FROM json_each(:kinds)) OR :kinds IS NULL)
ORDER BY seq;

-- name: spent
SELECT
    coalesce(json_extract(data, '$.role'), 'worker') = 'checker' AS checker,
    count(*)                                                     AS calls,
    total(cost_usd)                                              AS cost_usd,
    total(json_extract(data, '$.usage.input_tokens'))            AS input_tokens,
    total(json_extract(data, '$.usage.output_tokens'))           AS output_tokens,
    total(json_extract(data, '$.estimated_usd'))                 AS estimated_usd,
    total(json_extract(data, '$.withheld_usd'))                  AS withheld_usd
FROM events
WHERE thread_id = :thread_id AND kind = 'model_call'
GROUP BY checker;

-- name: only_queues
-- Who writes is alone already.
SELECT 1;
