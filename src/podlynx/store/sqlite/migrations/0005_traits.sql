-- What alike events have in common is kept, indexed and counted once. An attack repeats itself: of a thousand events most differ
-- in time, port and packet only. `traits` is all that an event is searched and counted by, but those and its HTTP request;
-- `requests` are the distinct requests. `hourly` counts events by hour of packet time, so that statistics need not read them.

CREATE TABLE traits (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,                  -- of all columns and words
    group_id INTEGER NOT NULL,
    gid INTEGER NOT NULL,
    sid INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    msg TEXT NOT NULL,
    classtype TEXT NOT NULL COLLATE NOCASE,
    protocol TEXT NOT NULL COLLATE NOCASE,
    service TEXT COLLATE NOCASE,
    host TEXT NOT NULL COLLATE NOCASE,
    origin TEXT NOT NULL COLLATE NOCASE,
    source_ip TEXT NOT NULL,
    source_ip_key BLOB,
    source_name TEXT NOT NULL COLLATE NOCASE,
    source_namespace TEXT NOT NULL COLLATE NOCASE,
    dest_ip TEXT NOT NULL,
    dest_ip_key BLOB,
    dest_port INTEGER,
    dest_name TEXT NOT NULL COLLATE NOCASE,
    dest_namespace TEXT NOT NULL COLLATE NOCASE,
    type TEXT NOT NULL COLLATE NOCASE
);
CREATE INDEX traits_by_group ON traits (group_id);

CREATE TABLE requests (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE);

CREATE TABLE hourly (
    hour INTEGER NOT NULL,                        -- of packet time, since the epoch
    trait_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, trait_id)
) WITHOUT ROWID;

ALTER TABLE events ADD COLUMN trait_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN request_id INTEGER;  -- null where there was no HTTP request

-- Events of before have traits and a request of their own each.
UPDATE events SET trait_id = seq, request_id = (
    SELECT seq FROM documents d WHERE d.seq = events.seq AND json_type(CAST(d.body AS TEXT), '$.podlynx.http') = 'object'
);
INSERT INTO traits SELECT
    seq, randomblob(16), group_id, gid, sid, rev, priority, severity, msg, classtype, protocol, service, host, origin,
    source_ip, source_ip_key, source_name, source_namespace, dest_ip, dest_ip_key, dest_port, dest_name, dest_namespace,
    type
    FROM events;
INSERT INTO requests SELECT request_id, randomblob(16) FROM events WHERE request_id IS NOT NULL;
INSERT INTO hourly SELECT time / 3600000000000, seq, 1 FROM events;

CREATE INDEX events_by_trait ON events (trait_id, time);
CREATE INDEX events_by_request ON events (request_id, group_id) WHERE request_id IS NOT NULL;

DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5 (
    msg, reference, mitre, about, source_names, dest_names,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 1'
);
INSERT INTO words (rowid, msg, reference, mitre, about, source_names, dest_names)
    SELECT
        e.seq, e.msg,
        (SELECT ifnull(group_concat(value, ' '), '') FROM json_each(d.body, '$.podlynx.references')),
        concat_ws(' ', d.body ->> '$.mitre_tactic', (SELECT group_concat(value, ' ') FROM json_each(d.body, '$.mitre_ids'))),
        concat_ws(' ', e.host, e.origin, e.service, e.classtype, d.body ->> '$.podlynx.class_text', e.gid || ':' || e.sid || ':' || e.rev),
        concat_ws(' ', e.source_name, e.source_namespace),
        concat_ws(' ', e.dest_name, e.dest_namespace)
    FROM events e JOIN (SELECT seq, CAST(body AS TEXT) AS body FROM documents) d ON d.seq = e.seq;
CREATE VIRTUAL TABLE request_words USING fts5 (
    http, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 1'
);
INSERT INTO request_words (rowid, http)
    SELECT
        e.seq,
        concat_ws(' ', d.body ->> '$.podlynx.http.request_line', d.body ->> '$.podlynx.http.host', d.body ->> '$.podlynx.http.user_agent')
    FROM events e JOIN (SELECT seq, CAST(body AS TEXT) AS body FROM documents) d ON d.seq = e.seq
    WHERE e.request_id IS NOT NULL;
