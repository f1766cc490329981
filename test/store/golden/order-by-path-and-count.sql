-- select thing?$orderby=owner/name desc,parts/$count

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
ORDER BY (SELECT t1."name" FROM "owner" t1 WHERE t1."tenant_id" = ? AND t1."id" = t0."ownerId" LIMIT 1) DESC, (SELECT COUNT(*) FROM "part" t2 WHERE t2."tenant_id" = ? AND t2."thingId" = t0."id"), t0."id"
LIMIT ? + 0;
-- bound to 7, 7, 7, 11

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY (SELECT t1."name" FROM "owner" t1 WHERE t1."tenant_id" = (?::int8) AND t1."id" = t0."ownerId" LIMIT 1) DESC NULLS LAST, (SELECT COUNT(*) FROM "part" t2 WHERE t2."tenant_id" = (?::int8) AND t2."thingId" = t0."id") NULLS FIRST, t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 7, 7, 11
