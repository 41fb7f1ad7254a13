"""Reconciles the resources into the monitors. So far: `desired`, the pure half; applying it comes with the operator process."""
