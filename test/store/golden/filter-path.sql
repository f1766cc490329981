-- select thing?$filter=owner/name eq 'a'

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (SELECT t1."name" FROM "owner" t1 WHERE t1."tenant_id" = ? AND t1."id" = t0."ownerId" LIMIT 1) = ?;
-- bound to 7, 7, 'a'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (SELECT t1."name" FROM "owner" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = t0."ownerId" LIMIT 1) = (?::text COLLATE "C");
-- bound to 7, 7, 'a'
