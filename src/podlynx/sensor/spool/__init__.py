"""Events on disk until the manager has them: written at once, shipped in batches, deleted when acknowledged."""
