-- select animal?$filter=name eq 'a'&$orderby=born

-- SQLite
SELECT t0."id", t0."name", t0."born" / 10000000, t0."born" % 10000000, t0."born_form", t0."@type"
FROM "animal" t0
WHERE t0."tenant_id" = ?
AND t0."name" = ?
ORDER BY t0."born", t0."id"
LIMIT ? + 0;
-- bound to 7, 'a', 11

-- PostgreSQL
SELECT t0."id", t0."name", t0."born" / 10000000, t0."born" % 10000000, t0."born_form", t0."@type"
FROM "animal" t0
WHERE t0."tenant_id" = (?::int8)
AND t0."name" = (?::text COLLATE "C")
ORDER BY t0."born", t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 'a', 11
