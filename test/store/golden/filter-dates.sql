-- select thing?$filter=date(made) eq 2020-01-02 and time(made) gt 12:00:00 and totaloffsetminutes(seen) eq 60 and day lt 2020-02-03

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((strftime('%Y-%m-%d', (t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) - 62135596800, 'unixepoch') = ? AND ((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) % 86400 * 10000000 + t0."made" % 10000000) > ?) AND (((CASE WHEN t0."seen_form" < 8 THEN 0 ELSE (t0."seen_form" >> 3) - 841 END) + t0."seen" * 0) = ? AND json_extract(t0."$document", '$."day"') < ?));
-- bound to 7, '2020-01-02', 432000000000, 60, '2020-02-03'

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((muster_date((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60)) = (?::text COLLATE "C") AND ((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) % 86400 * 10000000 + t0."made" % 10000000) > (?::int8)) AND (((CASE WHEN t0."seen_form" < 8 THEN 0 ELSE (t0."seen_form" >> 3) - 841 END) + t0."seen" * 0) = (?::float8) AND ((muster_json((t0."$document")::text) #>> '{"day"}') COLLATE "C") < (?::text COLLATE "C")));
-- bound to 7, '2020-01-02', 432000000000, 60, '2020-02-03'
