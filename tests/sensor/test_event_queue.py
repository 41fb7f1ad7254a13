"""The queue between the inspecting thread and the event loop."""

import asyncio
import threading

import pytest

from podlynx.sensor.event_queue import EventQueue


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_events_come_out_in_order_though_put_from_threads():
    queue = EventQueue(asyncio.get_running_loop())
    thread = threading.Thread(target=lambda: [queue.put([number]) for number in range(500)])
    thread.start()
    taken = []
    while len(taken) < 500:
        taken += await queue.take(most=7)
    thread.join()
    assert taken == list(range(500))


@pytest.mark.anyio
async def test_full_means_counted_never_blocked():
    queue = EventQueue(asyncio.get_running_loop(), cap=3)
    queue.put([1, 2])
    queue.put([3, 4, 5])
    assert (await queue.take(), queue.dropped) == ([1, 2, 3], 2)


@pytest.mark.anyio
async def test_what_waits_is_taken_before_the_end_is_told():
    queue = EventQueue(asyncio.get_running_loop())
    queue.put([1])
    queue.close()
    assert (await queue.take(), await queue.take()) == ([1], [])


@pytest.mark.anyio
async def test_a_taker_that_waits_is_woken_by_the_end():
    queue = EventQueue(asyncio.get_running_loop())
    taker = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    queue.close()
    assert await asyncio.wait_for(taker, 1) == []
