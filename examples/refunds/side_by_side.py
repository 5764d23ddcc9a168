"""The arms of a job next to each other, one process each, so that they share no processor.

Latency is measured, and a process that is busy with one ticket keeps the others waiting.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import queue
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from multiprocessing.queues import Queue

from examples.refunds.demo import Job
from examples.refunds.figures import Figures

POLL_S = 0.1

_news: Queue[str]


def run(job: Job, *, processes: int, done: Callable[[str], object]) -> dict[str, Figures]:
    """The figures of each arm.

    Args:
        job: what to work on.
        processes: how many arms run at the same time; 1 runs all in this process.
        done: called with the arm's name whenever a ticket is through.
    """
    if processes == 1:
        return {name: asyncio.run(job.arm(name, done)) for name in job.arms}
    # A forked child would inherit the threads' locks, but not the threads.
    context = multiprocessing.get_context("spawn")
    news: Queue[str] = context.Queue()
    with ProcessPoolExecutor(processes, context, _listen, (news,)) as pool:
        arms = {name: pool.submit(_arm, job, name) for name in job.arms}
        while not _settled(arms):
            _tell(news, done)
        _tell(news, done)
    news.close()
    news.join_thread()
    return {name: arm.result() for name, arm in arms.items()}


def _settled(arms: dict[str, Future[Figures]]) -> bool:
    return not wait(arms.values(), timeout=0).not_done


def _tell(news: Queue[str], done: Callable[[str], object]) -> None:
    """Pass on what has come in, until nothing does for a moment."""
    try:
        while True:
            done(news.get(timeout=POLL_S))
    except queue.Empty:
        return


def _listen(news: Queue[str]) -> None:
    global _news  # noqa: PLW0603 - a pool hands its workers nothing but globals
    _news = news


def _arm(job: Job, name: str) -> Figures:
    return asyncio.run(job.arm(name, _news.put))
