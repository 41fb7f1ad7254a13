"""The inspector in a process of its own, which parses hostile bytes with nothing in its hands, and the watcher's line to it."""
