-- select thing?$orderby=id

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."id"
LIMIT ? + 0 OFFSET ?;
-- bound to 7, 11, 20

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."id"
LIMIT NULLIF((?::int8), -1) OFFSET (?::int8);
-- bound to 7, 11, 20
