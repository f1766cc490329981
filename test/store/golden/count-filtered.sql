-- count part?$filter=size gt 3

-- SQLite
SELECT COUNT(*)
FROM "part" t0
WHERE t0."tenant_id" = ?
AND t0."thingId" = ?
AND t0."size" > ?;
-- bound to 7, x'0a00000000004000800000000000000a', 3

-- PostgreSQL
SELECT COUNT(*)
FROM "part" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."thingId" = (?::uuid)
AND t0."size" > (?::float8);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 3
