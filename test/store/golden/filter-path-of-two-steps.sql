-- select thing?$filter=owner/group/label eq 'a' and owner/born gt 2020-01-01T00:00:00Z

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((SELECT t2."label" FROM "owner" t1, "group" t2 WHERE t1."tenant_id" = ? AND t1."id" = t0."ownerId" AND t2."tenant_id" = ? AND muster_uuid(t2."id") = t1."groupId" LIMIT 1) = ? AND (SELECT t3."born" FROM "owner" t3 WHERE t3."tenant_id" = ? AND t3."id" = t0."ownerId" LIMIT 1) > ?);
-- bound to 7, 7, 7, 'a', 7, 637134336000000000

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((SELECT t2."label" FROM "owner" t1, "group" t2 WHERE t1."tenant_id" = (?::int8) AND t1."id" = t0."ownerId" AND t2."tenant_id" = (?::int8) AND (t2."id"::text COLLATE "C") = t1."groupId" LIMIT 1) = (?::text COLLATE "C") AND (SELECT t3."born" FROM "owner" t3 WHERE t3."tenant_id" = (?::int8) AND t3."id" = t0."ownerId" LIMIT 1) > (?::int8));
-- bound to 7, 7, 7, 'a', 7, 637134336000000000
