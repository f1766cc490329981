-- select thing?$filter=login eq 'A' and startswith(login,'a')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (t0."login" COLLATE NOCASE = ? COLLATE NOCASE AND (substr(t0."login", 1, length(?)) = ?));
-- bound to 7, 'A', 'a', 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (lower(t0."login" COLLATE "C") = lower((?::text COLLATE "C") COLLATE "C") AND starts_with(t0."login", (?::text COLLATE "C")));
-- bound to 7, 'A', 'a'
