"""The watcher of one node: whose pod a packet was, which resources asked for it, and the way of its event to the manager."""
