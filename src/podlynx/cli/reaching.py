"""What every command needs that talks to the manager of a cluster: where it is, and whose certificate it may show."""

import ssl
from pathlib import Path
from typing import Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.kubectl import Kubectl

NAMESPACE: Final = "podlynx-system"
SERVICE: Final = "service/podlynx-manager"
MANAGER_PORT: Final = 8443


def authority(kubectl: Kubectl, namespace: str, file: Path | None) -> str:
    """The certificate authority of the manager, in PEM: that of the file, else of the cluster. Raises CommandError."""
    if file is not None:
        return read_text(file)
    data = kubectl.json("get", "configmap", "podlynx-ca", "-n", namespace).get("data") or {}
    return str(data.get("ca.crt", ""))


def trust(pem: str) -> ssl.SSLContext:
    """Trusts this authority and no other: nobody else's certificate stands for a manager. Raises CommandError."""
    try:
        if not pem.strip():  # the library would take the machine's own authorities instead
            raise ValueError("it is empty")
        return ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        mend = "has the operator started? kubectl -n podlynx-system get pods; --ca names a file"
        raise CommandError(Exit.UNREADABLE, "the manager's certificate authority is no certificate", mend) from error


def read_text(file: Path) -> str:
    """The text of a file. Raises CommandError."""
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(Exit.UNREADABLE, f"cannot read {file}: {error}") from error
