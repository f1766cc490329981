-- select thing?$filter=parts/any(p:p/size gt 3 and p/label eq 'a') and parts/any()

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = ? AND t1."thingId" = t0."id" AND (t1."size" > ? AND t1."label" = ?))) AND (EXISTS (SELECT 1 FROM "part" t2 WHERE t2."tenant_id" = ? AND t2."thingId" = t0."id")));
-- bound to 7, 7, 3, 'a', 7

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = (?::int8) AND t1."thingId" = t0."id" AND (t1."size" > (?::float8) AND t1."label" = (?::text COLLATE "C")))) AND (EXISTS (SELECT 1 FROM "part" t2 WHERE t2."tenant_id" = (?::int8) AND t2."thingId" = t0."id")));
-- bound to 7, 7, 3, 'a', 7
