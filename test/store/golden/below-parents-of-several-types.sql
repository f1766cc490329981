-- select part

-- SQLite
SELECT t0."id"
FROM "part" t0
WHERE t0."tenant_id" = ?
AND t0."thingId" = ?
AND ((SELECT 1 FROM "cat" t1 WHERE t1."tenant_id" = ? AND t1."id" = ?) = 1 OR (SELECT 1 FROM "dog" t2 WHERE t2."tenant_id" = ? AND t2."id" = ?) = 1)
AND ((SELECT 1 FROM "thing" t3 WHERE t3."tenant_id" = ? AND t3."id" = ?) = 1);
-- bound to 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a', 7, x'0a00000000004000800000000000000a'

-- PostgreSQL
SELECT t0."id"
FROM "part" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."thingId" = (?::uuid)
AND ((SELECT 1 FROM "cat" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = (?::uuid)) = 1 OR (SELECT 1 FROM "dog" t2 WHERE t2."tenant_id" = (?::int8) AND t2."id" = (?::uuid)) = 1)
AND ((SELECT 1 FROM "thing" t3 WHERE t3."tenant_id" = (?::int8) AND t3."id" = (?::uuid)) = 1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a', 7, '0a000000-0000-4000-8000-00000000000a'
