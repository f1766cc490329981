-- select part

-- SQLite
SELECT t0."id"
FROM "part" t0
WHERE t0."tenant_id" = ?
AND t0."id" IN (?, ?)
AND (t0."color" IN (1) OR t0."color" IS NULL)
AND t0."label" IS NULL;
-- bound to 7, 'a', 'b'

-- PostgreSQL
SELECT t0."id"
FROM "part" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" IN ((?::text COLLATE "C"), (?::text COLLATE "C"))
AND (t0."color" IN (1) OR t0."color" IS NULL)
AND t0."label" IS NULL;
-- bound to 7, 'a', 'b'
