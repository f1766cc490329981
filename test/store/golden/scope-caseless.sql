-- select owner

-- SQLite
SELECT t0."id"
FROM "owner" t0
WHERE t0."tenant_id" = ?
AND t0."login" COLLATE NOCASE = ? COLLATE NOCASE;
-- bound to 7, 'A'

-- PostgreSQL
SELECT t0."id"
FROM "owner" t0
WHERE t0."tenant_id" = (?::int8)
AND lower(t0."login" COLLATE "C") = lower((?::text COLLATE "C") COLLATE "C");
-- bound to 7, 'A'
