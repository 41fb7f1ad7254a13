"""SecurityEventWebhooks at work: from stored events to messages that somebody else takes, at least once each, in order."""
