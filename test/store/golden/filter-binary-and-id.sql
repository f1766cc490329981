-- select thing?$filter=content eq binary'AAEC' and ownerId ne 0b000000-0000-4000-8000-00000000000b

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (t0."content" = ? AND (t0."ownerId" IS NOT ?));
-- bound to 7, x'000102', x'0b00000000004000800000000000000b'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (t0."content" = (?::bytea) AND (t0."ownerId" IS DISTINCT FROM (?::uuid)));
-- bound to 7, x'000102', '0b000000-0000-4000-8000-00000000000b'
