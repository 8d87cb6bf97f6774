"""The loop of a worker process, and who ends one that a task keeps."""

import threading

from app.core.loop import LoopThread


def test_a_task_that_keeps_the_loop_is_found_and_named() -> None:
    loop, found = LoopThread(), threading.Event()
    where: list[str] = []

    def end(stack: str) -> None:
        where.append(stack)
        found.set()

    async def blocks_without_awaiting() -> bool:
        return found.wait(60)

    loop.watch(0.2, end)
    assert loop.run(blocks_without_awaiting())
    loop.stop()
    assert len(where) == 1
    assert "blocks_without_awaiting" in where[0]


def test_a_loop_that_turns_now_and_then_is_left_alone() -> None:
    loop, ended = LoopThread(), threading.Event()
    step = threading.Event()

    async def keeps_it_for_a_while() -> None:
        step.wait(0.004)

    loop.watch(1.0, lambda _: ended.set())
    for _ in range(100):
        loop.run(keeps_it_for_a_while())
    loop.stop()
    assert not ended.is_set()
