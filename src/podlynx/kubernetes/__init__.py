"""The only door to the cluster: client, watches, server-side apply, reviews, leases, Events, and what people write."""
