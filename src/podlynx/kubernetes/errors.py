"""What can go wrong between us and the API server."""


class ClusterError(Exception):
    """Base of them all; `str()` says what and where."""


class NoCluster(ClusterError):
    """Neither a ServiceAccount of a pod nor a usable kubeconfig was found."""


class Unreachable(ClusterError):
    """The API server did not answer: connection refused, reset or too slow."""


class ApiError(ClusterError):
    """The API server refused. `status`: HTTP code; `reason`: its word for it, e.g. `Conflict` (metav1.Status)."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message or reason or f"HTTP {status}")
        self.status = status
        self.reason = reason

    @property
    def absent(self) -> bool:
        """Whether there is no such object, or no such resource."""
        return self.status == 404

    @property
    def conflict(self) -> bool:
        """Whether somebody else was faster, owns a field, or made the object before."""
        return self.status == 409
