-- delete tally

-- SQLite
DELETE
FROM "tally" AS t0
WHERE t0."tenant_id" = ?
AND (t0."tenant_id", t0."thingId", t0."upn") IN (SELECT t0."tenant_id", t0."thingId", t0."upn" FROM "tally" t0 WHERE t0."tenant_id" = ? AND t0."thingId" = ? ORDER BY t0."tenant_id", t0."thingId", t0."upn" LIMIT ? + 0);
-- bound to 7, 7, x'0a00000000004000800000000000000a', 500

-- PostgreSQL
DELETE
FROM "tally" AS t0
WHERE t0."tenant_id" = (?::int8)
AND (t0."tenant_id", t0."thingId", t0."upn") IN (SELECT t0."tenant_id", t0."thingId", t0."upn" FROM "tally" t0 WHERE t0."tenant_id" = (?::int8) AND t0."thingId" = (?::uuid) ORDER BY t0."tenant_id", t0."thingId", t0."upn" LIMIT NULLIF((?::int8), -1));
-- bound to 7, 7, '0a000000-0000-4000-8000-00000000000a', 500
