"""The manager inside an event loop: start, address, taken port, two side by side, stop."""

import time

import httpx2
import pytest

from podlynx.manager.server import Manager, PortTaken

pytestmark = pytest.mark.anyio


async def test_two_managers_side_by_side_do_not_log_each_other_out(store):
    one, other = Manager(store), Manager(store)
    await one.start()
    await other.start()
    assert one.url != other.url
    async with httpx2.AsyncClient() as browser:
        for manager in (one, other):
            await browser.get(manager.login_link())
        answers = [(await browser.get(f"{manager.url}/api/v1/session")).status_code for manager in (one, other)]
    assert answers == [200, 200]
    await one.stop()
    await other.stop()


async def test_a_taken_port_is_named(store):
    one = Manager(store)
    await one.start()
    port = int(one.url.rsplit(":", 1)[1])
    with pytest.raises(PortTaken, match=f"Port {port} .* taken.*Choose another"):
        await Manager(store).start(port=port)
    await one.stop()
    again = Manager(store)
    await again.start(port=port)
    await again.stop()


async def test_it_stops_without_having_been_started_and_twice(store):
    manager = Manager(store)
    await manager.stop()
    await manager.start()
    await manager.stop()
    await manager.stop()
    with pytest.raises(httpx2.ConnectError):
        async with httpx2.AsyncClient() as client:
            await client.get(f"{manager.url}/livez")


async def test_an_address_without_a_name_is_shown_as_one_that_opens(store):
    manager = Manager(store)
    await manager.start("0.0.0.0")
    assert manager.url.startswith("http://127.0.0.1:")
    await manager.stop()


async def test_answers_are_not_held_back_until_their_header_was_acknowledged(store):
    """Nagle's algorithm and delayed acknowledgements together would make each 40 ms late."""
    manager = Manager(store)
    await manager.start()
    async with httpx2.AsyncClient(base_url=manager.url) as client:
        took = []
        for _ in range(21):
            began = time.perf_counter()
            await client.get("/livez")
            took.append(time.perf_counter() - began)
    await manager.stop()
    assert sorted(took)[10] < 0.03
