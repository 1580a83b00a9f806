"""Two cores for work that releases the interpreter lock (GEOS, PROJ and numpy over long columns)."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")

WORTH_IT = 20_000
"""Rows below which starting another thread costs more than it gains."""


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_threads(), thread_name_prefix="columns")


def _threads() -> int:
    return min(os.cpu_count() or 1, 8)


def each(function: Callable[[A], T], items: Sequence[A], *, rows: int) -> list[T]:
    """Apply a function to each item, on several threads when `rows` of columns make that worth while."""
    if rows < WORTH_IT or len(items) < 2:
        return [function(item) for item in items]
    results: dict[int, T] = {}
    left = iter(range(len(items)))

    def work() -> None:
        for i in left:
            results[i] = function(items[i])

    helpers = [_pool().submit(work) for _ in range(min(_threads(), len(items)) - 1)]
    work()
    for helper in helpers:
        if not helper.cancel():  # one that never began is not waited for: all threads may be waiting here
            helper.result()
    return [results[i] for i in range(len(items))]


def both(first: Callable[[], A], second: Callable[[], T], *, rows: int) -> tuple[A, T]:
    """Call two functions, at the same time when `rows` of columns make that worth while."""
    if rows < WORTH_IT:
        return first(), second()
    later = _pool().submit(first)
    value = second()
    return first() if later.cancel() else later.result(), value
