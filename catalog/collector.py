"""Python's garbage collector, kept still while a large file becomes objects. Pure: no Django."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Without the search for cycles; also a decorator.

    A file of 100,000 rows is millions of objects, none of them in a cycle, and the collector would walk
    through all that are held again and again: a quarter of the time, and a share that grows with the file.
    What has no cycle is freed at once, as ever. Where two threads pause at the same time, the first one to
    end wakes the collector: that costs time alone, and it never stays off.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
