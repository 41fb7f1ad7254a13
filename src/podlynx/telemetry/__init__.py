"""What every process tells of itself: figures for Prometheus, and its log. Below the rooms that use it."""
