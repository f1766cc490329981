-- select tally?$orderby=upn

-- SQLite
SELECT t0."thingId", t0."upn", t0."good", t0."bad", t0."latest" / 10000000, t0."latest" % 10000000, t0."latest_form", t0."note", t0."open"
FROM "tally" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."upn"
LIMIT ? + 0;
-- bound to 7, 11

SELECT COALESCE(octet_length(t0."upn"), 0) + COALESCE(octet_length(t0."note"), 0) AS muster_weight
FROM "tally" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."upn"
LIMIT ? + 0;
-- bound to 7, 11

-- PostgreSQL
SELECT t0."thingId", t0."upn", t0."good", t0."bad", t0."latest" / 10000000, t0."latest" % 10000000, t0."latest_form", t0."note", t0."open", COALESCE(octet_length(t0."upn"), 0) + COALESCE(octet_length(t0."note"), 0) AS muster_weight
FROM "tally" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."upn"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 11
