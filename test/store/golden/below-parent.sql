-- select part

-- SQLite
SELECT t0."id", t0."thingId", t0."label", t0."color", t0."size"
FROM "part" t0
WHERE t0."tenant_id" = ?
AND t0."thingId" = ?
AND ((SELECT 1 FROM "thing" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1)
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 11

-- PostgreSQL
SELECT t0."id", t0."thingId", t0."label", t0."color", t0."size"
FROM "part" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."thingId" = (?::uuid)
AND ((SELECT 1 FROM "thing" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = (?::uuid)) = 1)
LIMIT NULLIF((?::int8), -1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a', 11
