"""Event loops: one in a thread of its own for a process whose main thread is Celery's, and loops that end."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import uvloop

BROKEN_EXIT_CODE = 71  # EX_OSERR of sysexits.h: nobody asked for this end
LOOKS = 20
T = TypeVar("T")
_log = logging.getLogger(__name__)


def still_wanted() -> bool:
    """Say whether the current task may go on: the condition of every loop that runs until it is cancelled.

    A library's `wait_for` may swallow a cancellation that comes at the moment its own wait ends; a loop that only
    relies on CancelledError would then run for ever.
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()


class LoopThread:
    """Runs coroutines of other threads on one loop."""

    def __init__(self) -> None:
        """Start the loop; the thread is a daemon, so it never keeps the process alive."""
        self.loop = uvloop.new_event_loop()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="loop", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        while not self._stopping:
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                # A task raised it, which ends a loop; everybody else's coroutines live on this one.
                _log.error("task_tried_to_exit", exc_info=error)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine on the loop from any other thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run a coroutine on the loop and wait for it. Raises: what it raises, or TimeoutError."""
        return self.submit(coroutine).result(timeout_s)

    def watch(self, limit_s: float, end: Callable[[str], None]) -> None:
        """Call `end`, in a thread, with where a task stands that has kept this loop from turning for so long.

        Looks that found nothing are counted, and not seconds: a process that was frozen is not taken for a blocked one.
        """
        threading.Thread(target=self._watch, args=(limit_s / LOOKS, end), name="loop watch", daemon=True).start()

    def _watch(self, every_s: float, end: Callable[[str], None]) -> None:
        missed = 0
        while missed < LOOKS:
            turned = threading.Event()
            try:
                self.loop.call_soon_threadsafe(turned.set)
            except RuntimeError:  # it is closed
                return
            time.sleep(every_s)
            missed = 0 if turned.is_set() or self._stopping else missed + 1
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 - the only way to see another thread
        end("".join(traceback.format_stack(frame)))

    def stop(self) -> None:
        """End the loop after what runs now; waits at most 5 seconds."""
        self._stopping = True
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
