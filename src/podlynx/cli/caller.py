"""The caller's own token: what the kubeconfig logs in with (client-go credential plugins too), or one made for an account."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.kubectl import SECONDS, Kubectl

MINTED_SECONDS: Final = 8 * 3600
"""Life of a token that is made for a ServiceAccount: a working day."""
CERTIFICATE_MEND: Final = """\
make a ServiceAccount that may see what you want to see, and open the page as that one:
    kubectl -n podlynx-system create serviceaccount NAME
    kubectl create clusterrolebinding NAME-podlynx --clusterrole=podlynx-analyst --serviceaccount=podlynx-system:NAME
    kubectl podlynx open --as podlynx-system/NAME
  or give a token of your own with --token"""


class Plugin(msgspec.Struct, frozen=True, rename="camel"):
    """`users[].user.exec`: a program that prints credentials."""

    api_version: str
    command: str
    args: list[str] | None = None
    env: list[dict[str, str]] | None = None
    interactive_mode: str = "IfAvailable"
    provide_cluster_info: bool = False


class User(msgspec.Struct, frozen=True, rename="kebab"):
    """`users[].user`, as far as it can hold a token."""

    token: str = ""
    token_file: str = msgspec.field(name="tokenFile", default="")
    exec: Plugin | None = None
    client_certificate: str = ""
    client_certificate_data: str = ""
    auth_provider: dict[str, Any] | None = None


class _Credential(msgspec.Struct, frozen=True):
    status: dict[str, Any] = {}


def callers_token(kubectl: Kubectl) -> str:
    """The token that kubectl itself would send. Raises CommandError where the caller has none."""
    config = kubectl.json("config", "view", "--minify", "--raw", "--flatten")
    try:
        users = msgspec.convert(config.get("users") or [], list[dict[str, Any]])
        user = msgspec.convert(users[0].get("user") or {}, User) if users else User()
    except msgspec.ValidationError as error:
        raise CommandError(Exit.UNREADABLE, f"the kubeconfig's user makes no sense: {error}", "kubectl config view") from error
    # The file outranks the text: it is renewed (client-go, rest.Config).
    if user.token_file:
        return _of_file(Path(user.token_file))
    if user.token:
        return user.token
    if user.exec is not None:
        return _of_plugin(user.exec, _cluster(config))
    raise _no_token(user)


def minted_token(kubectl: Kubectl, account: str) -> str:
    """A token for `namespace/name`, if the caller may make one (`create serviceaccounts/token`)."""
    namespace, slash, name = account.partition("/")
    if not (namespace and slash and name):
        raise CommandError(Exit.USAGE, f"--as takes NAMESPACE/NAME of a ServiceAccount, not {account!r}")
    return kubectl.output("create", "token", name, "-n", namespace, f"--duration={MINTED_SECONDS}s").strip()


def _no_token(user: User) -> CommandError:
    if user.client_certificate or user.client_certificate_data:
        said = "your kubeconfig logs in by a client certificate, which only the API server can check: the manager needs a token"
    elif user.auth_provider is not None:
        said = "your kubeconfig logs in by an `auth-provider`, which kubectl no longer knows either"
    else:
        said = "your kubeconfig holds no token"
    return CommandError(Exit.NO_PRIVILEGE, said, CERTIFICATE_MEND)


def _of_file(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(Exit.UNREADABLE, f"the token file that your kubeconfig names cannot be read: {error}") from error


def _cluster(config: dict[str, Any]) -> dict[str, Any]:
    clusters = config.get("clusters") or [{}]
    return dict(clusters[0].get("cluster") or {})


def _of_plugin(plugin: Plugin, cluster: dict[str, Any]) -> str:
    """Runs the program as client-go does (client.authentication.k8s.io)."""
    program = shutil.which(plugin.command)
    if program is None:
        raise CommandError(Exit.UNREADABLE, f"your kubeconfig logs in by {plugin.command}, which is not on the PATH")
    environment = {**os.environ, **{each["name"]: each["value"] for each in plugin.env or []}}
    environment["KUBERNETES_EXEC_INFO"] = _info(plugin, cluster)
    try:
        # Standard input and error stay the person's: the program may ask for a password.
        done = subprocess.run(  # noqa: S603  what the kubeconfig names, no shell
            [program, *(plugin.args or [])], env=environment, stdout=subprocess.PIPE, timeout=SECONDS * 4, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(Exit.UNREADABLE, f"{plugin.command} could not log you in: {error}") from error
    if done.returncode:
        raise CommandError(Exit.NO_PRIVILEGE, f"{plugin.command} could not log you in: it ended with {done.returncode}")
    return _token_of(plugin.command, done.stdout)


def _info(plugin: Plugin, cluster: dict[str, Any]) -> str:
    spec: dict[str, Any] = {"interactive": plugin.interactive_mode != "Never"}
    if plugin.provide_cluster_info:
        spec["cluster"] = {key: value for key, value in cluster.items() if key != "extensions"}
    return msgspec.json.encode({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}).decode()


def _token_of(command: str, printed: bytes) -> str:
    try:
        token = msgspec.json.decode(printed, type=_Credential).status.get("token")
    except msgspec.MsgspecError as error:
        raise CommandError(Exit.UNREADABLE, f"{command} printed no ExecCredential: {error}") from error
    if not isinstance(token, str) or not token:
        raise CommandError(Exit.NO_PRIVILEGE, f"{command} logs you in by a client certificate, not by a token", CERTIFICATE_MEND)
    return token
