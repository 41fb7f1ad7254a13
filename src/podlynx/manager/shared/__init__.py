"""What managers that share one search engine tell each other: alerts for live readers, heartbeats, uploaded rules."""
