"""Secrets out of events before anything of them is kept: values are overwritten, lengths and offsets stay. Pure.

`event.redacted` is what callers need. What counts as a secret stands in `secrets`.
"""
