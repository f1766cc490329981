-- select thing?$orderby=made

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."made" = ?
AND t0."id" > ?
ORDER BY t0."made", t0."id"
LIMIT ? + 0;
-- bound to 7, 637134336000000000, x'0a00000000004000800000000000000a', 11

SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."made" > ?
ORDER BY t0."made", t0."id"
LIMIT ? + 0;
-- bound to 7, 637134336000000000, 11

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."made" = (?::int8)
AND t0."id" > (?::uuid)
ORDER BY t0."made", t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 637134336000000000, '0a000000-0000-4000-8000-00000000000a', 11

SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."made" > (?::int8)
ORDER BY t0."made", t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 637134336000000000, 11
