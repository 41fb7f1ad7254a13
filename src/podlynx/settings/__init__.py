"""Settings in TOML: read, checked, and what holds where they say nothing. The shape is `podlynx.models.settings`."""
