-- select thing?$filter=made add length gt 2020-01-01T00:00:00Z and made sub seen lt duration'PT1H'

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (muster_shift_date_time(t0."made", t0."made_form", muster_duration(json_extract(t0."$document", '$."length"'))) > ? AND (t0."made" - t0."seen") < ?);
-- bound to 7, 637134336000000000, 36000000000

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (muster_shift_date_time(t0."made", t0."made_form", muster_duration(((muster_json((t0."$document")::text) #>> '{"length"}') COLLATE "C"))) > (?::int8) AND (t0."made" - t0."seen") < (?::int8));
-- bound to 7, 637134336000000000, 36000000000
