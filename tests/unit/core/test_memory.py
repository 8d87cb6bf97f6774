"""Memory goes back to the system: what was freed between what stays, which the C library would keep."""

import platform
from collections.abc import Iterable, Iterator

import pytest

from app.core import memory
from app.core.memory import STEP_BYTES, Heap

PIECE_BYTES, PIECES, KEPT_EACH = 20_000, 5000, 50
MB = 1_000_000


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library cannot be asked")
def test_pages_between_what_stays_are_given_back() -> None:
    memory.give_back()  # what is free from the start would not make it grow
    before_bytes = memory.resident_bytes()
    pieces = [b"x" * (PIECE_BYTES + number % 7) for number in range(PIECES)]
    kept = pieces[::KEPT_EACH] + pieces[-1:]
    del pieces
    assert memory.resident_bytes() - before_bytes > 60 * MB, "it is kept until it is asked for"
    memory.give_back()
    assert memory.resident_bytes() - before_bytes < 25 * MB
    assert len(kept) == PIECES // KEPT_EACH + 1


class Scene:
    """A process whose memory is what the test says, and how often it gave some back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sizes: Iterable[int]) -> None:
        self.given = 0
        self._sizes: Iterator[int] = iter(sizes)
        monkeypatch.setattr(memory, "resident_bytes", lambda: next(self._sizes))
        monkeypatch.setattr(memory, "give_back", self._give_back)
        self.heap = Heap()

    def _give_back(self) -> None:
        self.given += 1


@pytest.mark.parametrize(
    ("sizes", "given"),
    [
        pytest.param([100, 100 + STEP_BYTES], 0, id="grown by a step"),
        pytest.param([100, 101 + STEP_BYTES, 100], 1, id="grown by more"),
        pytest.param([100, 50, 60 + STEP_BYTES, 50], 1, id="grown since it was smallest"),
        pytest.param([0, 2 * STEP_BYTES, 2 * STEP_BYTES, 3 * STEP_BYTES], 1, id="grown, and all of it is in use"),
        pytest.param([0, 0, 0], 0, id="the system does not say"),
    ],
)
def test_it_is_given_back_when_the_process_has_grown(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], given: int
) -> None:
    scene = Scene(monkeypatch, sizes)
    for _ in range(len(sizes) - 1 - given):  # giving back looks once more
        scene.heap.look()
    assert scene.given == given


def test_it_is_given_back_once_after_work(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(monkeypatch, [100] * 9)
    given = []
    for done in (0, 5, 5, 5, 6, 6):
        scene.heap.settle(done)
        given.append(scene.given)
    assert given == [0, 1, 1, 1, 2, 2]
