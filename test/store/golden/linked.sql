-- select group?$filter=label eq 'a'

-- SQLite
SELECT t0."id", t0."label"
FROM "group" t0
WHERE t0."tenant_id" = ?
AND t0."id" IN (SELECT t1."groupId" FROM "thingGroup" t1 WHERE t1."tenant_id" = ? AND t1."thingId" = ?)
AND t0."label" = ?
LIMIT ? + 0;
-- bound to 7, 7, x'0a00000000004000800000000000000a', 'a', 11

-- PostgreSQL
SELECT t0."id", t0."label"
FROM "group" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" IN (SELECT t1."groupId" FROM "thingGroup" t1 WHERE t1."tenant_id" = (?::int8) AND t1."thingId" = (?::uuid))
AND t0."label" = (?::text COLLATE "C")
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 7, '0a000000-0000-4000-8000-00000000000a', 'a', 11
