-- Exceptions choose events by their type, nearly all of them: that must not read every document.

ALTER TABLE events ADD COLUMN type TEXT NOT NULL DEFAULT 'deep_packet_inspection' COLLATE NOCASE;
