-- count thing

-- SQLite
SELECT COUNT(*)
FROM "thing" t0
WHERE t0."tenant_id" = ?;
-- bound to 7

-- PostgreSQL
SELECT COUNT(*)
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8);
-- bound to 7
