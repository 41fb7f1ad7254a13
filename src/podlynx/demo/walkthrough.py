"""The attack of the walk-through: a command for a web back door (community rule 1:57461), harmless to the shop."""

import asyncio
import shlex
import shutil

PATH = "/secid_canceltoken.cgi"
HEADERS = ("X-CMD: Test", "X-KEY: Test")
CURL_SECONDS = 10


def command(port: int) -> list[str]:
    """The curl that a person types."""
    return ["curl", f"http://127.0.0.1:{port}{PATH}", "-H", HEADERS[0], "-H", HEADERS[1], "-XPOST"]


def command_line(port: int) -> str:
    """The same, quoted for a shell."""
    return shlex.join(command(port))


async def attack(port: int) -> str:
    """Send it with curl; answers what was used. Without curl on this machine the same bytes are sent by hand.

    Raises OSError where the shop does not answer.
    """
    if shutil.which("curl") is None:
        await _by_hand(port)
        return "curl is not installed; sent the same request without it"
    # No proxy, whatever the environment says: the request is for this machine.
    options = ["--silent", "--show-error", "--noproxy", "*", "--max-time", str(CURL_SECONDS), "--output", "/dev/null"]
    process = await asyncio.create_subprocess_exec(*command(port), *options, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    if process.returncode:
        raise OSError(f"curl ended with {process.returncode}: {complaint.decode(errors='replace').strip()}")
    return "sent with curl"


async def _by_hand(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = (f"POST {PATH} HTTP/1.1", f"Host: 127.0.0.1:{port}", "User-Agent: podlynx-demo", "Accept: */*", *HEADERS, "", "")
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(CURL_SECONDS):
        await reader.read()
    writer.close()
