-- select thing?$filter=year(made) eq 2020 and month(seen) in (1,2) and hour(made) lt 12 and fractionalseconds(made) gt 0

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND ((CAST(strftime('%Y', (t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) - 62135596800, 'unixepoch') AS INTEGER) = ? AND (CAST(strftime('%m', (t0."seen" / 10000000 + (CASE WHEN t0."seen_form" < 8 THEN 0 ELSE (t0."seen_form" >> 3) - 841 END) * 60) - 62135596800, 'unixepoch') AS INTEGER) IN (?, ?))) AND (((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) % 86400 / 3600) < ? AND (CAST(t0."made" % 10000000 AS REAL) / CAST(10000000 AS REAL)) > ?));
-- bound to 7, 2020, 1, 2, 12, 0

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND ((extract(year FROM date '0001-01-01' + ((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) / 86400)::int4)::int4 = (?::float8) AND (extract(month FROM date '0001-01-01' + ((t0."seen" / 10000000 + (CASE WHEN t0."seen_form" < 8 THEN 0 ELSE (t0."seen_form" >> 3) - 841 END) * 60) / 86400)::int4)::int4 IN ((?::float8), (?::float8)))) AND (((t0."made" / 10000000 + (CASE WHEN t0."made_form" < 8 THEN 0 ELSE (t0."made_form" >> 3) - 841 END) * 60) % 86400 / 3600) < (?::float8) AND muster_div((t0."made" % 10000000)::float8, (10000000)::float8) > (?::float8)));
-- bound to 7, 2020, 1, 2, 12, 0
