"""kubectl as a child: it knows every way to log in to a cluster, so that we need not. Its refusals become our sentences."""

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit

SECONDS: Final = 30
"""How long one call may take; a log-in plugin may have to open a browser first."""


class Kubectl:
    """Calls of kubectl with one context and one kubeconfig. Raises CommandError where kubectl is missing or refuses."""

    def __init__(self, context: str = "", kubeconfig: str = "") -> None:
        found = shutil.which("kubectl")
        if found is None:
            raise CommandError(
                Exit.UNREADABLE, "kubectl is not on the PATH", "install it: https://kubernetes.io/docs/tasks/tools"
            )
        chosen = [("--context", context), ("--kubeconfig", kubeconfig)]
        self._words = [found, *(f"{option}={value}" for option, value in chosen if value)]

    def command(self, *arguments: str) -> list[str]:
        """The words of a call."""
        return [*self._words, *arguments]

    def output(self, *arguments: str) -> str:
        """What a call prints."""
        words = self.command(*arguments)
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  no shell
        except subprocess.TimeoutExpired as error:
            said = f"`{_shown(arguments)}` did not answer within {SECONDS} s"
            raise CommandError(Exit.NETWORK, said, "is the cluster reachable? `kubectl get namespaces` tells") from error
        except OSError as error:
            raise CommandError(Exit.UNREADABLE, f"kubectl cannot be run: {error.strerror or error}") from error
        if done.returncode:
            raise refused(arguments, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        """What a call prints with `-o json`."""
        try:
            return msgspec.json.decode(self.output(*arguments, "-o", "json"), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise CommandError(Exit.UNREADABLE, f"`{_shown(arguments)}` printed no JSON: {error}") from error


def refused(arguments: Sequence[str], said: str) -> CommandError:
    """The error of a call that failed: its reason in kubectl's own words, and what to do."""
    reason = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it gave no reason")
    code, mend = Exit.UNREADABLE, ""
    if "(Forbidden)" in said or "forbidden:" in said:
        code, mend = Exit.NO_PRIVILEGE, "ask for the Role podlynx-open in the namespace of Podlynx (docs/install.md)"
    elif "(NotFound)" in said:
        mend = (
            "is Podlynx installed in this cluster? `helm list -A` tells; --namespace names another namespace, --context a cluster"
        )
    elif "Unable to connect" in said or "connection to the server" in said:
        code, mend = (
            Exit.NETWORK,
            "is the cluster reachable, and is this the right context? `kubectl config current-context` tells",
        )
    elif "context" in said and "does not exist" in said:
        mend = "`kubectl config get-contexts` lists them"
    return CommandError(code, f"`{_shown(arguments)}`: {reason}", mend)


def _shown(arguments: Sequence[str]) -> str:
    """As a person would type it; what is long (a template) is left out."""
    return " ".join(["kubectl", *(word for word in arguments if len(word) <= 80)])
