-- select thing?$filter=groups/any(g:g/label eq 'a')

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (EXISTS (SELECT 1 FROM "group" t1 WHERE t1."tenant_id" = ? AND t1."id" IN (SELECT t2."groupId" FROM "thingGroup" t2 WHERE t2."tenant_id" = ? AND t2."thingId" = t0."id") AND t1."label" = ?));
-- bound to 7, 7, 7, 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (EXISTS (SELECT 1 FROM "group" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" IN (SELECT t2."groupId" FROM "thingGroup" t2 WHERE t2."tenant_id" = (?::int8) AND t2."thingId" = t0."id") AND t1."label" = (?::text COLLATE "C")));
-- bound to 7, 7, 7, 'a'
