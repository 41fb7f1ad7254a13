"""Podlynx: deep packet inspection for Kubernetes workloads."""

from typing import Final

__version__: Final = "0.1.0"
"""The version of the whole product: package, engine and page are released together."""
