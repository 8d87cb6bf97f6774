"""The names of the metrics, as promtool would check them, and what may be a label."""

import inspect
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Counter
from prometheus_client.metrics_core import Metric

import app.ops.metrics  # noqa: F401 - defines the gauges of the whole system
from app.core import metrics
from app.core.http_metrics import METHODS

FORBIDDEN = {"id", "job_id", "owner", "owner_id", "user", "worker", "path", "url", "error", "message", "detail"}
RESERVED = {"job", "instance", "le", "quantile"}  # Prometheus sets them itself
UNITS = re.compile(r"_(ms|milliseconds|s|minutes|kb|mb|percent)$")

APP = Path(metrics.__file__).parents[1]
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted(APP.rglob("*.py")))
LABELLED = {
    name: counter for name, counter in vars(metrics).items() if isinstance(counter, Counter) and counter._labelnames
}


def ours() -> list[Metric]:
    return [family for family in REGISTRY.collect() if family.name.startswith("headrace_")]


def labels_of() -> dict[str, tuple[str, ...]]:
    return {
        name: collector._labelnames  # type: ignore[attr-defined]
        for name, collector in REGISTRY._names_to_collectors.items()
        if name.startswith("headrace_")
    }


def test_names_are_as_promtool_wants_them() -> None:
    names = {family.name for family in ours()}
    assert len(names) > 25
    for family in ours():
        assert re.fullmatch(r"headrace_[a-z]+(_[a-z]+)*", family.name)
        assert family.documentation.endswith(".")
        assert not UNITS.search(family.name), f"{family.name} is in no base unit"
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
        if family.type == "gauge":
            assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))


def test_each_counter_ends_in_total() -> None:
    counters = [value for value in vars(metrics).values() if isinstance(value, Counter)]
    assert len(counters) >= 10
    written = re.findall(r"= Counter\(\s*\"(\w+)\"", inspect.getsource(metrics))  # the client would add what is missing
    assert set(written) == {f"{one._name}_total" for one in counters}


def test_no_label_names_somebody_or_something_single() -> None:
    for name, labels in labels_of().items():
        assert not set(labels) & (FORBIDDEN | RESERVED), f"{name} has labels {labels}"
        assert len(labels) <= 3


def test_nothing_has_a_second_series_for_its_birth() -> None:
    metrics.CLAIMS.labels("nothing")
    samples = {sample.name for family in ours() for sample in family.samples}
    assert not [name for name in samples if name.endswith("_created")]


def test_a_counter_is_raised_once_for_all_that_are_alike() -> None:
    def count(queue: str) -> float:
        return REGISTRY.get_sample_value("headrace_messages_sent_total", {"queue": queue}) or 0.0

    before = count("a"), count("b")
    metrics.add_each(metrics.SENT, iter(["a", "b", "a"]))
    assert (count("a"), count("b")) == (before[0] + 2, before[1] + 1)


def test_the_methods_that_may_be_labels_are_http_s_own() -> None:
    assert {"GET", "POST", "DELETE"} <= METHODS
    assert len(METHODS) < 10


@pytest.mark.parametrize("name", LABELLED)
def test_a_counter_with_labels_is_begun_where_its_labels_are_known(name: str) -> None:
    begun = re.search(rf"metrics\.begin\(\s*metrics\.{name}\b", SOURCES)
    made = re.search(rf"metrics\.{name}\.labels\(\*labels", SOURCES)  # kept by who raises it
    assert begun or made, f"metrics.begin(metrics.{name}, ...) is missing: an alert on its first event would be silent"


def test_to_begin_shows_each_combination_and_changes_nothing_that_was_counted() -> None:
    counter = Counter("headrace_of_a_test", "For this test.", ["kind", "way"], registry=None)
    counter.labels("a", "x").inc(3)
    metrics.begin(counter, ("a", "b"), iter("xy"))
    shown = {tuple(one.labels.values()): one.value for family in counter.collect() for one in family.samples}
    assert shown == {("a", "x"): 3, ("a", "y"): 0, ("b", "x"): 0, ("b", "y"): 0}
    assert not [name for name in REGISTRY._names_to_collectors if name.startswith("headrace_of_a_test")]
