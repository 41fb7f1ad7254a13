"""`podlynx open` (and `kubectl podlynx open`): the Alerts page of a cluster in a browser here, with the caller's own rights."""

import asyncio
import contextlib
import os
import ssl
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import httpx2
import msgspec

from podlynx.cli.caller import callers_token, minted_token
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.forward import Door, Forward, forward
from podlynx.cli.kubectl import Kubectl
from podlynx.cli.options import flag, value
from podlynx.cli.ports import LOOPBACK
from podlynx.cli.reaching import MANAGER_PORT, NAMESPACE, SERVICE, authority, trust
from podlynx.cli.serving import on_ending_signals
from podlynx.cli.terminal import complain, count, say

PREFERRED_PORT: Final = 8844
AGAIN_SECONDS: Final = 3.0
"""Between attempts to reach a manager that is being moved to another node."""
_REQUEST_SECONDS: Final = 15.0

NamespaceOption = Annotated[str, value("Where Podlynx is installed. Default: podlynx-system.", "--namespace", "-n")]
TokenOption = Annotated[str, value("Log in with this token instead of the kubeconfig's.")]
AccountOption = Annotated[str, value("Log in as this ServiceAccount, NAMESPACE/NAME; its token is made by kubectl.", "--as")]
AuthorityOption = Annotated[Path | None, value("Certificate authority of the manager. Default: ConfigMap podlynx-ca.")]
ContextOption = Annotated[str, value("Context of the kubeconfig.")]
PortOption = Annotated[int | None, value("Port on this machine. Default: 8844, or any free one.")]


class _Code(msgspec.Struct, frozen=True):
    path: str


def open(  # noqa: A001  the verb is called so
    *,
    namespace: NamespaceOption = NAMESPACE,
    token: TokenOption = "",
    account: AccountOption = "",
    ca: AuthorityOption = None,
    context: ContextOption = "",
    kubeconfig: Annotated[str, value("Kubeconfig file. Default: as kubectl finds it.")] = "",
    port: PortOption = None,
    no_browser: Annotated[bool, flag("Only print the link.")] = False,
) -> int:
    """Open the Alerts page of a cluster, with your own rights, until Ctrl-C."""
    if token and account:
        raise CommandError(Exit.USAGE, "--token and --as are two ways to say who you are", "give one of them")
    kubectl = Kubectl(context, kubeconfig)
    kubectl.output("get", SERVICE, "-n", namespace, "-o", "name")
    trusted = trust(authority(kubectl, namespace, ca))

    def credential() -> str:
        return token or (minted_token(kubectl, account) if account else callers_token(kubectl))

    asyncio.run(_Opened(kubectl, namespace, trusted, credential, browser=not no_browser).stay(port))
    return Exit.OK


class _Opened:
    """The page while it is open: the forwarded port, made again where it breaks, and the door in front of it."""

    def __init__(
        self, kubectl: Kubectl, namespace: str, tls: ssl.SSLContext, credential: Callable[[], str], *, browser: bool
    ) -> None:
        self._kubectl = kubectl
        self._namespace = namespace
        self._tls = tls
        self._credential = credential
        self._token = credential()
        self._browser = browser

    async def stay(self, wanted: int | None) -> None:
        """Returns when the person ends it. Raises CommandError where the page cannot be opened the first time."""
        ended = asyncio.Event()
        on_ending_signals(ended.set)
        way, path = await self._reached()
        try:
            door = Door(self._tls, way.port)
            async with door.listening(wanted, PREFERRED_PORT) as port:
                self._show(port, path)
                while not await _first(ended, way):
                    await way.stop()
                    way = await self._again(door, port, ended) or way
            if door.refused:
                say(f"{count(door.refused, 'connection')} of the browser did not get through.")
        finally:
            await way.stop()

    async def _again(self, door: Door, port: int, ended: asyncio.Event) -> Forward | None:
        """The manager's pod is gone: the next one has other sessions, so that a new link is needed. None where it was ended.

        Raises CommandError where the credential is no longer good, and a new one is not to be had, or is no better.
        """
        complain("the way to the manager broke off; trying again", word="warning")
        renewed = False
        while not ended.is_set():
            try:
                way, path = await self._reached()
            except CommandError as error:
                if error.code != Exit.NO_PRIVILEGE:
                    await _pause(ended)
                    continue
                if renewed:
                    raise
                self._token, renewed = await asyncio.to_thread(self._credential), True
                continue
            door.inner = way.port
            self._browser = False  # it is open already
            self._show(port, path)
            return way
        return None

    async def _reached(self) -> tuple[Forward, str]:
        """A new way to the manager, and the path there that logs a browser in. Raises CommandError, and leaves no way behind."""
        way = await forward(self._kubectl, self._namespace, SERVICE, MANAGER_PORT)
        try:
            return way, await self._log_in(way.port)
        except BaseException:
            await way.stop()
            raise

    async def _log_in(self, port: int) -> str:
        """Hands the token over, once; answers the path that logs one browser in."""
        base = f"https://{LOOPBACK}:{port}"
        try:
            async with httpx2.AsyncClient(base_url=base, verify=self._tls, trust_env=False, timeout=_REQUEST_SECONDS) as http:
                answer = await http.post("/api/v1/session/code", headers={"Authorization": f"Bearer {self._token}"})
        except (httpx2.HTTPError, ssl.SSLError) as error:
            said = f"the manager could not be asked: {str(error) or type(error).__name__}"
            mend = f"kubectl -n {self._namespace} get pods shows whether it is Ready; its log says more"
            raise CommandError(Exit.NETWORK, said, mend) from error
        return _path(answer)

    def _show(self, port: int, path: str) -> None:
        link = f"http://{LOOPBACK}:{port}{path}"
        say(f"page: {link}")
        say("The link logs in once. Ctrl-C ends it.")
        if self._browser and not (_has_display() and webbrowser.open(link)):
            say("No browser could be started: open the link yourself.")


def _has_display() -> bool:
    """Without one a browser of the terminal would be started, in our place."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _path(answer: httpx2.Response) -> str:
    if answer.status_code in (401, 403):
        mend = "is the token still good? `kubectl auth whoami` tells; --token or --as log in differently"
        raise CommandError(Exit.NO_PRIVILEGE, "the manager does not take your token", mend)
    if answer.status_code != httpx2.codes.CREATED:
        raise CommandError(Exit.NETWORK, f"the manager answered {answer.status_code} to the log-in", "its log says why")
    try:
        return msgspec.json.decode(answer.content, type=_Code).path
    except msgspec.MsgspecError as error:
        raise CommandError(Exit.NETWORK, f"the manager's answer to the log-in makes no sense: {error}") from error


async def _pause(ended: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AGAIN_SECONDS):
            await ended.wait()


async def _first(ended: asyncio.Event, way: Forward) -> bool:
    """Waits for either; True where the person ended it."""
    waits = [asyncio.create_task(ended.wait()), asyncio.create_task(way.ended())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for each in waits:
        each.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return ended.is_set()
