"""A Celery pool without threads: each task is a coroutine on the process's event loop.

Celery's side of a task (accepting, acknowledging, events) happens on the main thread, so that the broker's connection
has one user.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from celery.concurrency.base import BasePool, apply_target

from app.core.clock import monotonic_s
from app.core.loop import LoopThread

LOOK_EVERY_S = 0.2
OnLoop: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
_Base: Any = BasePool  # its types are none


class LoopPool(_Base):  # type: ignore[misc]
    """Named by `worker_pool` of Celery's configuration. It never waits for a place: no more is taken than it has."""

    signal_safe = False
    body_can_be_buffer = True
    task_join_will_block = False

    loop: ClassVar[LoopThread]  # set once by the worker, with what runs on it
    tasks: ClassVar[Mapping[str, OnLoop]]  # by the task's name
    tell: Callable[[], None] | None = None  # acknowledges what ended; set by the consumer

    def on_start(self) -> None:
        """Begin with nothing that runs."""
        self._running = 0
        self._begun: deque[tuple[OnLoop, Sequence[Any], Callable[..., None]]] = deque()
        self._ended: deque[tuple[Callable[..., None], float]] = deque()
        self._has_ended = threading.Event()
        self._hub: Any = None

    def register_with_event_loop(self, loop: Any) -> None:
        """Keep kombu's event loop, which is the main thread's."""
        self._hub = loop

    def free(self) -> int:
        """Return how many more tasks may be begun."""
        return int(self.limit) - self._running

    def on_apply(
        self,
        target: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None = None,
        callback: Callable[..., None] | None = None,
        accept_callback: Callable[..., None] | None = None,
        **_: Any,
    ) -> None:
        """Begin a task. `args` are those of Celery's tracer: the task's name, its id, its request, and more."""
        name, _id, request = args[:3]
        if name not in self.tasks:  # one of Celery's own
            apply_target(target, args, kwargs, callback, accept_callback)
            return
        assert callback is not None and accept_callback is not None  # noqa: S101, PT018 - as Celery calls it
        self._running += 1
        accept_callback(os.getpid(), monotonic_s())
        self._begun.append((self.tasks[name], request["args"], callback))
        if len(self._begun) == 1:
            self.loop.loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        """Start what waits for it; on the event loop."""
        while self._begun:
            run, given, callback = self._begun.popleft()
            task = self.loop.loop.create_task(run(*given))
            task.add_done_callback(self._ender(callback))

    def _ender(self, callback: Callable[..., None]) -> Callable[[Any], None]:
        begun_at_s = monotonic_s()

        def end(task: Any) -> None:
            if not task.cancelled():
                task.exception()  # it has told of it itself
            self._ended.append((callback, monotonic_s() - begun_at_s))
            self._has_ended.set()
            if len(self._ended) == 1 and self._hub is not None:  # append first, then look: none is forgotten
                self._hub.call_soon(self._settle)

        return end

    def _settle(self) -> None:
        """Have Celery acknowledge what ended; on the main thread."""
        while self._ended:
            callback, took_s = self._ended.popleft()
            self._running -= 1
            callback((0, None, took_s))

    def on_stop(self) -> None:
        """Wait for what runs; whoever stops the process bounds that."""
        while self._settle_and_tell():
            self._has_ended.wait(LOOK_EVERY_S)
            self._has_ended.clear()

    def _settle_and_tell(self) -> bool:
        """Acknowledge what ended; return whether something still runs."""
        self._settle()
        if self.tell is not None:
            self.tell()
        return self._running > 0

    def _get_info(self) -> dict[str, Any]:
        return {**super()._get_info(), "max-concurrency": self.limit, "running": self._running}
