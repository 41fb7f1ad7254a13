-- Who may see an alert depends on the namespaces of its ends, so all events of a group share them; and one event that two
-- monitored ends saw is stored once: what the other end sent is `absorbed`, so that it is known again when it is sent again.

ALTER TABLE groups ADD COLUMN source_namespace TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN dest_namespace TEXT NOT NULL DEFAULT '';
UPDATE groups SET
    source_namespace = ifnull((SELECT source_namespace FROM events WHERE seq = last_event), ''),
    dest_namespace = ifnull((SELECT dest_namespace FROM events WHERE seq = last_event), '');

CREATE TABLE namespaces (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO namespaces
    SELECT source_namespace FROM groups WHERE source_namespace <> '' UNION SELECT dest_namespace FROM groups WHERE dest_namespace <> '';

CREATE TABLE absorbed (
    id TEXT PRIMARY KEY,                          -- of the document that was not stored
    fingerprint BLOB NOT NULL,
    seq INTEGER NOT NULL                          -- the event that stands for it
) WITHOUT ROWID;
CREATE INDEX absorbed_by_seq ON absorbed (seq);

-- What the ends are called is searched apart from everything else, since not everybody may ask for it.
CREATE VIRTUAL TABLE fresh_words USING fts5 (
    msg, http, reference, mitre, about, source_names, dest_names,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 1'
);
INSERT INTO fresh_words (rowid, msg, http, reference, mitre, about, source_names, dest_names)
    SELECT
        e.seq, e.msg,
        concat_ws(' ', d.body ->> '$.podlynx.http.request_line', d.body ->> '$.podlynx.http.host', d.body ->> '$.podlynx.http.user_agent'),
        (SELECT ifnull(group_concat(value, ' '), '') FROM json_each(d.body, '$.podlynx.references')),
        concat_ws(' ', d.body ->> '$.mitre_tactic', (SELECT group_concat(value, ' ') FROM json_each(d.body, '$.mitre_ids'))),
        concat_ws(' ', e.host, e.origin, e.service, e.classtype, d.body ->> '$.podlynx.class_text', e.gid || ':' || e.sid || ':' || e.rev),
        concat_ws(' ', e.source_name, e.source_namespace),
        concat_ws(' ', e.dest_name, e.dest_namespace)
    FROM events e JOIN (SELECT seq, CAST(body AS TEXT) AS body FROM documents) d ON d.seq = e.seq;
DROP TABLE words;
ALTER TABLE fresh_words RENAME TO words;
