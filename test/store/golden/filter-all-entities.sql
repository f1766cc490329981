-- select thing?$filter=parts/all(p:p/color eq 'red')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (NOT EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = ? AND t1."thingId" = t0."id" AND NOT COALESCE((t1."color" IS 1), 0)));
-- bound to 7, 7

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (NOT EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = (?::int8) AND t1."thingId" = t0."id" AND NOT COALESCE((t1."color" IS NOT DISTINCT FROM 1), (1 = 0)) OFFSET 0));
-- bound to 7, 7
