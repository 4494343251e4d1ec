"""Database work that shares commits: what waits together is done in one transaction."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import stamina
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from connectors.database import sqlstate
from connectors.errors import DatabaseUnavailable, NotStorable
from connectors.right_of_way import RightOfWay
from connectors.write_queue import turn_to_write

MAX_BATCH = 200
PATIENCE_SECONDS = 60.0
CLOSE_SECONDS = 5.0
# A deadlock, and a lock that somebody else held for too long: they concern one job, and pass.
_LOCKED_OUT = {"40P01", "55P03"}
# So many rounds of the event loop a request needs from its socket to here.
JOIN_ROUNDS = 3

T = TypeVar("T")
Item = TypeVar("Item")


@dataclass
class _Job(Generic[T]):
    """Work that waits for its transaction.

    Attributes:
        work: what to do with the items of all jobs that share it; it may be called again after a rollback.
        item: this job's own.
        order: jobs of one batch are done in this order, so that two processes lock rows in the same one.
        alone: whether it needs a transaction of its own.
        done: what its caller waits for.
    """

    work: Callable[[Connection, Sequence[Any]], Sequence[T]]
    item: Any
    order: str
    alone: bool
    done: asyncio.Future[T]


class GroupCommit:
    """Runs work in transactions, beside the event loop that calls it, until `close`.

    While one batch commits the next one gathers: the more comes in at once, the more shares a commit.

    Args:
        engine: The database; `connectors.database.open_writer_engine` gives a fitting one.
        max_batch: The most jobs of one transaction.
        urgent: Whether it goes before all others of this process who write to the same SQLite file.
        right_of_way: Transactions begin when it is clear, and are cut short when somebody enters.
    """

    def __init__(
        self,
        engine: Engine,
        max_batch: int = MAX_BATCH,
        *,
        urgent: bool = False,
        right_of_way: RightOfWay | None = None,
    ) -> None:
        self._engine = engine
        self._max_batch = max_batch
        self._urgent = urgent
        self._right_of_way = right_of_way or RightOfWay()
        self._waiting: deque[_Job[Any]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")
        self._committing: asyncio.Task[None] | None = None
        self._is_open = True

    def run(self, work: Callable[[Connection], T], *, order: str = "", alone: bool = False) -> asyncio.Future[T]:
        """Return what `work` returned, to be awaited, once it is committed.

        `work` must have no effects but on the database: a batch that fails is rolled back, and each of
        its jobs is then done again in a transaction of its own.

        Args:
            work: What to do in the transaction.
            order: Jobs of one batch are done in this order; name what they lock.
            alone: Whether it must not share its transaction.

        Raises:
            DatabaseUnavailable: it was not committed, as far as this process knows.
            NotStorable: it never will be.
        """

        def work_alone(connection: Connection, items: Sequence[None]) -> Sequence[T]:
            return [work(connection)]

        return self._queue(work_alone, None, order=order, alone=alone)

    def run_with_others(
        self, work: Callable[[Connection, Sequence[Item]], Sequence[T]], item: Item
    ) -> asyncio.Future[T]:
        """Return what `work` returned for the item, to be awaited, once it is committed.

        Items that wait for the same `work` are handed to it all at once, which costs less than one by one.
        Otherwise this is as `run`, before whose work it is done.

        Args:
            work: Returns a result for each item, in their order.
            item: What to do it with.

        Raises:
            DatabaseUnavailable: it was not committed, as far as this process knows.
        """
        return self._queue(work, item, order="", alone=False)

    async def insist(self, work: Callable[[Connection], T], *, order: str = "") -> T:
        """Do as `run` does, again and again for up to a minute while the database is away.

        Raises:
            DatabaseUnavailable: it was away for longer.
        """
        patience = stamina.retry_context(
            on=DatabaseUnavailable, attempts=None, timeout=PATIENCE_SECONDS, wait_initial=0.1, wait_max=2.0
        )
        async for attempt in patience:
            with attempt:
                return await self.run(work, order=order)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Do what waits, and close the connection."""
        self._is_open = False
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=CLOSE_SECONDS)
        self._thread.shutdown(wait=False)
        self._engine.dispose()

    def _queue(
        self, work: Callable[[Connection, Sequence[Any]], Sequence[T]], item: Any, *, order: str, alone: bool
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if not self._is_open:
            done.set_exception(DatabaseUnavailable("closed"))
            return done
        self._waiting.append(_Job(work, item, order, alone, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all(), name="group-commit")
        return done

    async def _commit_all(self) -> None:
        while self._waiting:
            await self._let_join()
            size = min(self._max_batch, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
            # One whose caller has given up is not done any more.
            jobs = sorted((job for job in batch if not job.done.done()), key=lambda job: job.order)
            together: Sequence[_Job[Any]] = [job for job in jobs if not job.alone]
            while together:
                together = await self._commit(together)
            for job in jobs:
                if job.alone:
                    await self._commit([job])

    async def _let_join(self) -> None:
        """Wait until nobody comes any more whose work is on its way here already."""
        known = 0
        while known < len(self._waiting) < self._max_batch:
            known = len(self._waiting)
            for _ in range(JOIN_ROUNDS):
                await asyncio.sleep(0)

    async def _commit(self, jobs: Sequence[_Job[Any]], *, is_second_try: bool = False) -> Sequence[_Job[Any]]:
        """Do jobs, and return those that were left for another transaction."""
        transaction = asyncio.get_running_loop().run_in_executor(self._thread, self._transact, jobs)
        outcome: list[Any] | BaseException = (await asyncio.gather(transaction, return_exceptions=True))[0]
        if not isinstance(outcome, BaseException):
            for job, result in zip(jobs, outcome):  # noqa: B905 -- it may have been cut short
                if not job.done.done():
                    job.done.set_result(result)
            return jobs[len(outcome) :]
        if _is_cut_off(outcome) and not is_second_try:
            # The server was restarted since the last transaction, or another one took its place; whether it is
            # back shows on a new connection.
            return await self._commit(jobs, is_second_try=True)
        if len(jobs) > 1 and not _is_away(outcome):
            for job in jobs:
                await self._commit([job])
        else:
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(_translated(outcome))
        return ()

    def _transact(self, jobs: Sequence[_Job[Any]]) -> list[Any]:
        """Do jobs in one transaction, as many as the right of way allows, and return their results."""
        self._right_of_way.give_way()
        with turn_to_write(self._engine.url, urgent=self._urgent), self._engine.begin() as connection:
            results: list[Any] = []
            for work, sharing in itertools.groupby(jobs, key=lambda job: job.work):
                results += work(connection, [job.item for job in sharing])
                if self._right_of_way.is_wanted:
                    break
            return results


def _translated(error: BaseException) -> BaseException:
    """Return the error as callers are to see it; SQL errors may quote what was written."""
    if not isinstance(error, SQLAlchemyError):
        return error
    lines = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
    kind = DatabaseUnavailable if _is_away(error) or _is_locked_out(error) else NotStorable
    return kind(lines[0] if lines else type(error).__name__)


def _is_cut_off(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)


def _is_away(error: BaseException) -> bool:
    """Tell whether the next transaction would fail in the same way."""
    if _is_cut_off(error):
        return True
    return isinstance(error, InterfaceError | OperationalError) and not _is_locked_out(error)


def _is_locked_out(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and sqlstate(error.orig) in _LOCKED_OUT
