-- select thing

-- SQLite
SELECT t0."$document", t0."secret"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."id" = ?;
-- bound to 7, x'0a00000000004000800000000000000a'

-- PostgreSQL
SELECT t0."$document", t0."secret"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" = (?::uuid);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a'
