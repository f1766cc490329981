-- select thing

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."color" = 1
AND t0."title" = ?;
-- bound to 7, 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."color" = 1
AND t0."title" = (?::text COLLATE "C");
-- bound to 7, 'a'
