"""The API server of tests/kubernetes."""

from tests.kubernetes.conftest import anyio_backend, api_server, client

__all__ = ["anyio_backend", "api_server", "client"]
