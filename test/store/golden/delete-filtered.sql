-- delete part?$filter=color eq 'green'

-- SQLite
DELETE
FROM "part" AS t0
WHERE t0."tenant_id" = ?
AND t0."color" = 2;
-- bound to 7

-- PostgreSQL
DELETE
FROM "part" AS t0
WHERE t0."tenant_id" = (?::int8)
AND t0."color" = 2;
-- bound to 7
