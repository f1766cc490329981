-- select hardwareConfiguration?$orderby=id

-- SQLite
SELECT t0."id", t0."version", t0."displayName", t0."description", t0."createdDateTime" / 10000000, t0."createdDateTime" % 10000000, t0."createdDateTime_form", t0."lastModifiedDateTime" / 10000000, t0."lastModifiedDateTime" % 10000000, t0."lastModifiedDateTime_form", t0."fileName", t0."configurationFileContent", t0."hardwareConfigurationFormat", t0."roleScopeTagIds", t0."perDevicePasswordDisabled"
FROM "hardwareConfiguration" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."id"
LIMIT ? + 0;
-- bound to 7, 101
-- SEARCH t0 USING PRIMARY KEY (tenant_id=?)

SELECT COALESCE(octet_length(t0."displayName"), 0) + COALESCE(octet_length(t0."description"), 0) + COALESCE(octet_length(t0."fileName"), 0) + COALESCE(octet_length(t0."configurationFileContent"), 0) + COALESCE(octet_length(t0."roleScopeTagIds"), 0) AS muster_weight
FROM "hardwareConfiguration" t0
WHERE t0."tenant_id" = ?
ORDER BY t0."id"
LIMIT ? + 0;
-- bound to 7, 101
-- SEARCH t0 USING PRIMARY KEY (tenant_id=?)

-- PostgreSQL
SELECT t0."id", t0."version", t0."displayName", t0."description", t0."createdDateTime" / 10000000, t0."createdDateTime" % 10000000, t0."createdDateTime_form", t0."lastModifiedDateTime" / 10000000, t0."lastModifiedDateTime" % 10000000, t0."lastModifiedDateTime_form", t0."fileName", t0."configurationFileContent", t0."hardwareConfigurationFormat", t0."roleScopeTagIds", t0."perDevicePasswordDisabled", COALESCE(octet_length(t0."displayName"), 0) + COALESCE(octet_length(t0."description"), 0) + COALESCE(octet_length(t0."fileName"), 0) + COALESCE(octet_length(t0."configurationFileContent"), 0) + COALESCE(octet_length(t0."roleScopeTagIds"), 0) AS muster_weight
FROM "hardwareConfiguration" t0
WHERE t0."tenant_id" = (?::int8)
ORDER BY t0."id"
LIMIT NULLIF((?::int8), -1);
-- bound to 7, 101
