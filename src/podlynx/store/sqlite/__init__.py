"""The embedded store: one SQLite file in WAL mode (sqlite.org/wal.html), with FTS5 for search.

One thread writes, fed by a bounded queue; a few read-only connections read, each search with a time limit. What `ingest`
acknowledges is on the disk (`synchronous = FULL`); a process that is killed at any moment leaves a whole database.
"""
