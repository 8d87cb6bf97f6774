import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, RootModel

from app.core.settings import Settings
from app.processors import echo, registry
from app.processors.base import JobType
from app.processors.plug_in import fault_in

BUILT_IN = ["classify", "data_extraction", "echo", "file", "pdf_extract", "summarize", "translate"]
PLUG_IN: JobType[Any, Any] = JobType(
    name="plugged",
    title="Plugged",
    description="A job type of another package.",
    input_model=echo.EchoInput,
    result_model=echo.EchoResult,
    example={"message": "Hello"},
    run=echo.run,
)


class Point:
    """An entry point, as far as the registry looks at one."""

    def __init__(self, name: str, load: Callable[[], object]) -> None:
        self.name = name
        self.value = f"package:{name}"
        self.load = load


Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    def install(*points: Point) -> None:
        groups = {"headrace.job_types": points}
        monkeypatch.setattr(registry, "entry_points", lambda *, group: groups[group])
        registry._types.cache_clear()

    install()
    yield install
    registry._types.cache_clear()


def _broken() -> object:
    raise ImportError("no module named gone")


def _names() -> list[str]:
    return [job_type.name for job_type in registry.all_types()]


def test_the_built_in_types_are_sorted_by_name(install: Install) -> None:
    assert _names() == BUILT_IN


def test_a_type_is_found_by_its_name(install: Install) -> None:
    assert registry.get("echo") is echo.JOB_TYPE


def test_an_unknown_name_is_no_type(install: Install) -> None:
    assert registry.get("nothing") is None


def test_a_plug_in_is_added(install: Install) -> None:
    install(Point("plugged", lambda: PLUG_IN))
    assert registry.get("plugged") is PLUG_IN


def test_plug_ins_are_sorted_among_the_others(install: Install) -> None:
    install(Point("plugged", lambda: PLUG_IN))
    assert _names() == sorted([*BUILT_IN, "plugged"])


def test_a_plug_in_that_cannot_be_loaded_is_left_out_and_logged(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install(Point("broken", _broken), Point("plugged", lambda: PLUG_IN))
    with caplog.at_level(logging.ERROR, logger=registry.__name__):
        names = _names()
    assert ("plugged" in names, "broken = package:broken cannot be loaded" in caplog.text) == (True, True)


def test_a_plug_in_that_is_no_job_type_is_left_out(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install(Point("wrong", lambda: "text"))
    assert (_names(), "is no JobType" in caplog.text) == (BUILT_IN, True)


def test_a_plug_in_cannot_take_a_built_in_name(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install(Point("echo", lambda: JobType(**{**_fields(PLUG_IN), "name": "echo"})))
    assert (registry.get("echo"), "is taken" in caplog.text) == (echo.JOB_TYPE, True)


def test_of_two_plug_ins_with_one_name_the_first_by_entry_point_wins(install: Install) -> None:
    second: JobType[Any, Any] = JobType(**{**_fields(PLUG_IN), "title": "Second"})
    install(Point("b", lambda: second), Point("a", lambda: PLUG_IN))
    assert registry.get("plugged") is PLUG_IN


def test_entry_points_are_read_once(install: Install) -> None:
    loads: list[str] = []

    def load() -> object:
        loads.append("plugged")
        return PLUG_IN

    install(Point("plugged", load))
    registry.all_types()
    registry.get("plugged")
    assert loads == ["plugged"]


def _fields(job_type: JobType[Any, Any]) -> dict[str, Any]:
    return {name: getattr(job_type, name) for name in JobType.__slots__}


class _Listed(RootModel[list[int]]):
    pass


class _Schemaless(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    point: Point | None = None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "Not a name"}, "name 'Not a name': lower-case"),
        ({"name": None}, "name None"),
        ({"input_model": None}, "input_model must be"),
        ({"result_model": dict}, "result_model must be"),
        ({"result_model": _Listed}, "result_model must be"),
        ({"result_model": _Schemaless}, "do not go together (PydanticInvalidForJsonSchema"),
        ({"run": None}, "run and check must be"),
        ({"check": "no"}, "run and check must be"),
        ({"prompt": "Summarize"}, "prompt must be"),
        ({"timeout_s": 0}, "timeout_s must be"),
        ({"timeout_s": None}, "timeout_s must be"),
        ({"example": {"other": 1}}, "do not go together (ValidationError"),
        ({"example": {"message": {1}}}, "do not go together (TypeError"),
        ({"title": b"x"}, "do not go together (TypeError"),
    ],
)
def test_a_plug_in_that_could_not_be_used_is_left_out_by_name(
    install: Install, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any], why: str
) -> None:
    broken: JobType[Any, Any] = JobType(**{**_fields(PLUG_IN), "name": "broken", **wrong})
    install(Point("broken", lambda: broken), Point("plugged", lambda: PLUG_IN))
    with caplog.at_level(logging.ERROR, logger=registry.__name__):
        registry.load(Settings())
    assert _names() == sorted([*BUILT_IN, "plugged"])
    assert "job type plug-in broken = package:broken is left out: " in caplog.text
    assert why in caplog.text


def _exits() -> object:
    raise SystemExit(2)


def test_a_plug_in_whose_import_exits_is_left_out(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install(Point("exits", _exits), Point("plugged", lambda: PLUG_IN))
    assert (_names(), "exits = package:exits cannot be loaded" in caplog.text) == (sorted([*BUILT_IN, "plugged"]), True)


def test_no_built_in_type_has_a_fault(install: Install) -> None:
    assert [fault_in(one) for one in registry.all_types()] == [None] * len(BUILT_IN)
