"""Who stood behind an address at a packet's time: one cluster-wide watch, kept as a history."""
