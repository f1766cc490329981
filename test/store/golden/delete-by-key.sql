-- delete part

-- SQLite
DELETE
FROM "part" AS t0
WHERE t0."tenant_id" = ?
AND t0."id" = ?;
-- bound to 7, 'a'

-- PostgreSQL
DELETE
FROM "part" AS t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" = (?::text COLLATE "C");
-- bound to 7, 'a'
