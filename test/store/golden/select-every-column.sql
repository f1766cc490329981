-- select tally

-- SQLite
SELECT t0."thingId", t0."upn", t0."good", t0."bad", t0."latest" / 10000000, t0."latest" % 10000000, t0."latest_form", t0."note", t0."open"
FROM "tally" t0
WHERE t0."tenant_id" = ?
AND t0."thingId" = ?
AND t0."upn" = ?;
-- bound to 7, x'0a00000000004000800000000000000a', 'a@example.com'

-- PostgreSQL
SELECT t0."thingId", t0."upn", t0."good", t0."bad", t0."latest" / 10000000, t0."latest" % 10000000, t0."latest_form", t0."note", t0."open"
FROM "tally" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."thingId" = (?::uuid)
AND t0."upn" = (?::text COLLATE "C");
-- bound to 7, '0a000000-0000-4000-8000-00000000000a', 'a@example.com'
