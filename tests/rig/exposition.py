"""Reading metrics as Prometheus does."""

from collections.abc import Mapping

import httpx2
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
COUNTS = ("_total", "_count")


def parse(text: str) -> Samples:
    """Return Headrace's samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("headrace_")
    }


async def scrape(client: httpx2.AsyncClient, url: str = "/metrics") -> Samples:
    """Ask a process for its metrics."""
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def value(samples: Samples, name: str, **labels: str) -> float | None:
    """Return one sample, None when it is not there."""
    return samples.get((name, frozenset(labels.items())))


def risen(before: Samples, after: Samples) -> Mapping[str, float]:
    """Return how far each counter and each histogram's count has risen, as `name{label=value}` without our prefix."""
    changes = {}
    for (name, labels), now in after.items():
        if now != before.get((name, labels), 0.0) and name.endswith(COUNTS):
            shown = ",".join(f"{key}={text}" for key, text in sorted(labels))
            short = name.removeprefix("headrace_")
            changes[f"{short}{{{shown}}}" if shown else short] = now - before.get((name, labels), 0.0)
    return changes
