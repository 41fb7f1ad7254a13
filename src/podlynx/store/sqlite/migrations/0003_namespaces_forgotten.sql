-- A namespace goes with the last group that has an end in it: whoever may create namespaces must not make the list grow for good.

CREATE INDEX groups_by_source_namespace ON groups (source_namespace);
CREATE INDEX groups_by_dest_namespace ON groups (dest_namespace);

DELETE FROM namespaces WHERE
    NOT EXISTS (SELECT 1 FROM groups WHERE source_namespace = name) AND NOT EXISTS (SELECT 1 FROM groups WHERE dest_namespace = name);
