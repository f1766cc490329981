-- select thing?$orderby=id desc

-- SQLite
SELECT t0."$document", t0."secret"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."id" < ?
ORDER BY t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 11

SELECT COALESCE(octet_length(t0."$document"), 0) + COALESCE(octet_length(t0."secret"), 0) AS muster_weight
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND t0."id" < ?
ORDER BY t0."id" DESC
LIMIT ? + 0;
-- bound to 7, x'0a00000000004000800000000000000a', 11

-- PostgreSQL
SELECT t0."$document", t0."secret", COALESCE(octet_length(t0."$document"), 0) + COALESCE(octet_length(t0."secret"), 0) AS muster_weight
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."id" < (?::uuid)
ORDER BY t0."id" DESC
LIMIT NULLIF((?::int8), -1);
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 11
