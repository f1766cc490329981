-- select thing?$filter=made le now() and seen gt now() sub duration'P7D'

-- SQLite
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
AND (t0."made" <= ? AND t0."seen" > muster_shift_date_time(?, ?, (0 - ?)));
-- bound to 7, 639028224000000000, 639028224000000000, 3, 6048000000000

-- PostgreSQL
SELECT t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
AND (t0."made" <= (?::int8) AND t0."seen" > muster_shift_date_time((?::int8), (?::int4), (0 - (?::int8))));
-- bound to 7, 639028224000000000, 639028224000000000, 3, 6048000000000
