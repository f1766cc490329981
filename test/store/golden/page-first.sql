-- select thing?$orderby=made desc

-- SQLite
SELECT t0."id", t0."made" / 10000000, t0."made" % 10000000, t0."made_form"
FROM "thing" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."made" DESC, t0."id" DESC
LIMIT ? + 0;
-- bound to 7, 11

-- PostgreSQL
SELECT t0."id", t0."made" / 10000000, t0."made" % 10000000, t0."made_form"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."made" DESC, t0."id" DESC
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 11
