-- select thing?$filter=greenParts/any(p:p/size eq 1)

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = ? AND t1."thingId" = t0."id" AND t1."color" = 2 AND t1."size" = ?));
-- bound to 7, 7, 1

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (EXISTS (SELECT 1 FROM "part" t1 WHERE t1."tenant_id" = (?::int8) AND t1."thingId" = t0."id" AND t1."color" = 2 AND t1."size" = (?::float8)));
-- bound to 7, 7, 1
