-- Events, the groups of alike alerts that they belong to, their documents and their words.

CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    gid INTEGER NOT NULL,
    sid INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    classtype TEXT NOT NULL COLLATE NOCASE,
    source_ip TEXT NOT NULL,
    source_ip_key BLOB,
    dest_ip TEXT NOT NULL,
    dest_ip_key BLOB,
    dest_port INTEGER,
    count INTEGER NOT NULL DEFAULT 0,
    open_count INTEGER NOT NULL DEFAULT 0,        -- events that are not dismissed
    dismissed_through INTEGER NOT NULL DEFAULT 0, -- events up to this seq are dismissed, unless they say otherwise
    first_time INTEGER NOT NULL,                  -- packet times, nanoseconds since the epoch
    last_time INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,                    -- the newest event by arrival: orders the live stream
    last_event INTEGER NOT NULL                   -- the newest event by packet time: what the row shows
);
CREATE INDEX groups_by_time ON groups (last_time, id);
CREATE INDEX groups_by_seq ON groups (last_seq);
CREATE INDEX groups_by_sid ON groups (sid);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,        -- order of arrival; never used twice, so it is the live stream's cursor
    id TEXT NOT NULL UNIQUE,
    fingerprint BLOB NOT NULL,
    group_id INTEGER NOT NULL REFERENCES groups (id),
    stored INTEGER NOT NULL,                      -- epoch seconds of arrival: retention goes by it, replays have old packet times
    dismissed INTEGER,                            -- null: as the group says
    time INTEGER NOT NULL,
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
    source_port INTEGER,
    source_name TEXT NOT NULL COLLATE NOCASE,
    source_namespace TEXT NOT NULL COLLATE NOCASE,
    dest_ip TEXT NOT NULL,
    dest_ip_key BLOB,
    dest_port INTEGER,
    dest_name TEXT NOT NULL COLLATE NOCASE,
    dest_namespace TEXT NOT NULL COLLATE NOCASE
);
CREATE INDEX events_by_group ON events (group_id, time);
CREATE INDEX events_by_time ON events (time, seq);
CREATE INDEX events_marked ON events (group_id) WHERE dismissed IS NOT NULL;

-- Documents stand apart, so that a search over events does not read packets.
CREATE TABLE documents (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);

CREATE VIRTUAL TABLE words USING fts5 (
    msg, http, reference, mitre, names, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 1'
);

CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 1), events INTEGER NOT NULL);
INSERT INTO totals VALUES (1, 0);
