-- A search for words of requests asks which traits have them, and reads no event for it.

DROP INDEX events_by_request;
CREATE INDEX events_by_request ON events (request_id, trait_id) WHERE request_id IS NOT NULL;
