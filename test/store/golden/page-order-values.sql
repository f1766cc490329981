-- select thing?$orderby=seen,length,time,content,checked,color,rule/name,login

-- SQLite
SELECT t0."id", t0."seen" / 10000000, t0."seen" % 10000000, t0."seen_form", muster_duration(json_extract(t0."$document", '$."length"')) / 10000000, muster_duration(json_extract(t0."$document", '$."length"')) % 10000000, muster_time_of_day(json_extract(t0."$document", '$."time"')), t0."content", json_extract(t0."$document", '$."checked"'), t0."color", json_extract(json_extract(t0."$document", '$."rule"'), '$."name"'), t0."login" COLLATE NOCASE, t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."seen", muster_duration(json_extract(t0."$document", '$."length"')), muster_time_of_day(json_extract(t0."$document", '$."time"')), t0."content", json_extract(t0."$document", '$."checked"'), t0."color", json_extract(json_extract(t0."$document", '$."rule"'), '$."name"'), t0."login" COLLATE NOCASE, t0."id"
LIMIT ? + 0;
-- bound to 7, 11

-- PostgreSQL
SELECT t0."id", t0."seen" / 10000000, t0."seen" % 10000000, t0."seen_form", muster_duration(((muster_json((t0."$document")::text) #>> '{"length"}') COLLATE "C")) / 10000000, muster_duration(((muster_json((t0."$document")::text) #>> '{"length"}') COLLATE "C")) % 10000000, muster_time_of_day(((muster_json((t0."$document")::text) #>> '{"time"}') COLLATE "C")), t0."content", ((muster_json((t0."$document")::text) #>> '{"checked"}'))::boolean, t0."color", ((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"name"}') COLLATE "C"), lower(t0."login" COLLATE "C"), t0."id"
FROM "thing" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."seen" NULLS FIRST, muster_duration(((muster_json((t0."$document")::text) #>> '{"length"}') COLLATE "C")) NULLS FIRST, muster_time_of_day(((muster_json((t0."$document")::text) #>> '{"time"}') COLLATE "C")) NULLS FIRST, t0."content" NULLS FIRST, ((muster_json((t0."$document")::text) #>> '{"checked"}'))::boolean NULLS FIRST, t0."color" NULLS FIRST, ((muster_json((((muster_json((t0."$document")::text) #>> '{"rule"}') COLLATE "C"))::text) #>> '{"name"}') COLLATE "C") NULLS FIRST, lower(t0."login" COLLATE "C") NULLS FIRST, t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 11
