-- Sums that are coarser than those of traits: most statistics ask for a rule or for a place, of which there are few.

CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,                  -- of all columns
    gid INTEGER NOT NULL,
    sid INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    msg TEXT NOT NULL,
    classtype TEXT NOT NULL COLLATE NOCASE,
    protocol TEXT NOT NULL COLLATE NOCASE,
    service TEXT COLLATE NOCASE,
    type TEXT NOT NULL COLLATE NOCASE,
    reference TEXT NOT NULL,                      -- JSON lists, each value once
    mitre TEXT NOT NULL
);
CREATE TABLE places (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    severity INTEGER NOT NULL,
    host TEXT NOT NULL COLLATE NOCASE,
    origin TEXT NOT NULL COLLATE NOCASE,
    source_namespace TEXT NOT NULL COLLATE NOCASE,
    dest_namespace TEXT NOT NULL COLLATE NOCASE
);
-- By hour first: what arrives together is written together.
CREATE TABLE rule_hours (
    hour INTEGER NOT NULL, rule_id INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (hour, rule_id)
) WITHOUT ROWID;
CREATE TABLE place_hours (
    hour INTEGER NOT NULL, place_id INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (hour, place_id)
) WITHOUT ROWID;

ALTER TABLE traits ADD COLUMN rule_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE traits ADD COLUMN place_id INTEGER NOT NULL DEFAULT 0;

-- `|| ''`: what differs in letter case is counted apart.
CREATE TEMP TABLE told AS
    SELECT
        t.id AS trait_id,
        json_array(gid, sid, rev, priority, severity, msg, classtype, protocol, service, type,
            (SELECT json_group_array(DISTINCT value) FROM json_each(d.body, '$.podlynx.references') WHERE value <> ''),
            (SELECT json_group_array(DISTINCT value) FROM json_each(d.body, '$.mitre_ids') WHERE value <> '')) AS rule,
        json_array(severity, host, origin, source_namespace, dest_namespace) AS place
    FROM traits t JOIN (
        SELECT e.trait_id, document_text(d.body) AS body
        FROM (SELECT max(seq) AS seq, trait_id FROM events GROUP BY trait_id) e JOIN documents d ON d.seq = e.seq
    ) d ON d.trait_id = t.id;
INSERT INTO rules
    SELECT
        min(trait_id), randomblob(16), rule ->> 0, rule ->> 1, rule ->> 2, rule ->> 3, rule ->> 4, rule ->> 5, rule ->> 6,
        rule ->> 7, rule ->> 8, rule ->> 9, rule ->> 10, rule ->> 11
    FROM told GROUP BY rule;
INSERT INTO places
    SELECT min(trait_id), randomblob(16), place ->> 0, place ->> 1, place ->> 2, place ->> 3, place ->> 4 FROM told GROUP BY place;
UPDATE traits SET rule_id = found.rule_id, place_id = found.place_id FROM (
    SELECT trait_id, min(trait_id) OVER (PARTITION BY rule) AS rule_id, min(trait_id) OVER (PARTITION BY place) AS place_id FROM told
) AS found WHERE found.trait_id = traits.id;
DROP TABLE told;
INSERT INTO rule_hours SELECT hour, rule_id, sum(count) FROM hourly JOIN traits ON traits.id = trait_id GROUP BY hour, rule_id;
INSERT INTO place_hours SELECT hour, place_id, sum(count) FROM hourly JOIN traits ON traits.id = trait_id GROUP BY hour, place_id;

CREATE INDEX traits_by_rule ON traits (rule_id);
CREATE INDEX traits_by_place ON traits (place_id);

-- What is dismissed is taken away from the sums of all.
CREATE INDEX groups_dismissed ON groups (id) WHERE open_count < count;

-- A list by time, and what requests match, are decided by the trait without reading the event.
DROP INDEX events_by_time;
CREATE INDEX events_by_time ON events (time, seq, trait_id);
DROP INDEX events_by_request;
CREATE INDEX events_by_request ON events (request_id, trait_id, time) WHERE request_id IS NOT NULL;
