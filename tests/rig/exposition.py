"""Reading metrics as Prometheus does."""

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import yaml
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
COUNTS = ("_total", "_count")
RULES = Path(__file__).parents[2] / "docs" / "prometheus-rules.yml"
_SELECTOR = re.compile(r"\b(headrace_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~?)"([^"]*)"')


def rules() -> list[dict[str, Any]]:
    """Return the alerts that the project recommends."""
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def selectors() -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Return each name with each combination of labels that an alert asks for."""
    found = set()
    for rule in rules():
        for name, matchers in _SELECTOR.findall(rule["expr"]):
            values = [
                [(label, value) for value in (text.split("|") if how == "=~" else [text])]
                for label, how, text in _MATCHER.findall(matchers)
            ]
            found |= {(name, frozenset(labels)) for labels in product(*values)}
    return found


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
