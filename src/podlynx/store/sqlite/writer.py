"""The one thread that writes, and the bounded queue in front of it.

Jobs that wait together share one transaction, and so one wait for the disk; each has a savepoint of its own, so that one
that fails takes nothing else with it. A job's future resolves only after the commit.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from podlynx.store.errors import StoreBusy, StoreClosed
from podlynx.store.sqlite.connection import saying

T = TypeVar("T")
Work = Callable[[apsw.Connection], Any]

MAX_JOBS: Final = 256
"""Jobs that may wait."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""Bytes of documents that may wait; a single job may be larger when nothing else waits."""
_TOGETHER: Final = 32


class _Job:
    __slots__ = ("future", "weight", "work")

    def __init__(self, work: Work, weight: int) -> None:
        self.work = work
        self.weight = weight
        self.future: Future[Any] = Future()


class Writer:
    """Runs jobs on `connection` in its own thread. `after` runs in that thread too, after every transaction."""

    def __init__(self, connection: apsw.Connection, path: Path, after: Work) -> None:
        self._connection = connection
        self._path = path
        self._after = after
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MAX_JOBS + 1)
        self._lock = threading.Lock()
        self._waiting = 0
        self._closed = False
        self.refused = 0
        self._thread = threading.Thread(target=self._run, name="podlynx-store", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[apsw.Connection], T], weight: int = 0) -> Future[T]:
        """Queues a job of that many bytes. Raises `StoreBusy` or `StoreClosed` at once; never waits."""
        job = _Job(work, weight)
        with self._lock:
            if self._closed:
                raise StoreClosed("The event store is closed.", "Send again once the manager is back.")
            full = self._jobs.qsize() >= MAX_JOBS or (self._waiting and self._waiting + weight > MAX_WAITING_BYTES)
            if full:
                self.refused += 1
                raise StoreBusy("The event store has more to write than it can take now.", "Send again in a second.")
            self._waiting += weight
            self._jobs.put_nowait(job)
        return job.future

    def close(self) -> None:
        """Writes what waits, then ends the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._jobs.put_nowait(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch, last = self._together(job)
            self._transact(batch)
            with self._lock:
                self._waiting -= sum(each.weight for each in batch)
            self._tidy()
            if last:
                return

    def _together(self, first: _Job) -> tuple[list[_Job], bool]:
        """That job and those that wait behind it; whether the end of the queue was among them."""
        batch = [first]
        while len(batch) < _TOGETHER:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _transact(self, batch: list[_Job]) -> None:
        try:
            with saying(self._path):
                self._connection.execute("BEGIN IMMEDIATE")
                answers = [(job, *self._attempt(job)) for job in batch]
                self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            answers = [(job, None, error) for job in batch]
        for job, result, failure in answers:
            if not job.future.set_running_or_notify_cancel():
                continue
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(failure)

    def _attempt(self, job: _Job) -> tuple[Any, Exception | None]:
        """The job's result or what it raised. A failure that ended the whole transaction is raised on."""
        run = self._connection.execute
        run("SAVEPOINT job")
        try:
            with saying(self._path):
                result = job.work(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:  # a full disk, for one, ends the transaction of all jobs
                raise
            run("ROLLBACK TO job")
            run("RELEASE job")
            return None, error
        run("RELEASE job")
        return result, None

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _tidy(self) -> None:
        try:
            with saying(self._path):
                self._after(self._connection)
        except Exception as error:
            self.tidy_failure = str(error)
            self._roll_back()

    tidy_failure: str = ""
    """Why retention failed last; "" where it did not."""
