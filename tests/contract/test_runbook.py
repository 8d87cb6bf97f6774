"""What the runbook and the alerts name is there: metrics, log events, commands, chapters."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from prometheus_client import REGISTRY

import app.ops.metrics  # noqa: F401 - defines the gauges of the whole system
from app.cli.main import app as commands

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RUNBOOK = (DOCS / "runbook.md").read_text("utf-8")
RULES = (DOCS / "prometheus-rules.yml").read_text("utf-8")
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "app").rglob("*.py")))


def known_names() -> set[str]:
    names = set(REGISTRY._names_to_collectors)
    return {name for name in names if name.startswith("headrace_") and not name.endswith("_created")}


@pytest.mark.parametrize("text", [RUNBOOK, RULES], ids=["runbook", "rules"])
def test_each_metric_exists(text: str) -> None:
    named = set(re.findall(r"\bheadrace_\w+", text))
    assert len(named) >= 9
    assert named <= known_names()


def test_each_metric_that_the_metrics_commands_ask_for_exists() -> None:
    asked = [word for words in re.findall(r"metrics '([^']+)'", RUNBOOK) for word in words.split("|")]
    assert asked
    for word in asked:
        start = f"headrace_{re.match(r'[a-z_]+', word)[0]}"  # type: ignore[index]
        assert [name for name in known_names() if name.startswith(start)], word


def test_each_log_event_exists() -> None:
    named = set(re.findall(r'"event": "(\w+)"', RUNBOOK))
    written = set(re.findall(r"_log\.\w+\(\s*\"(\w+)\"", SOURCES))
    written |= {value for _, value in re.findall(r"^([A-Z_]+) = \"(\w+)\"$", SOURCES, re.MULTILINE) if value in named}
    assert len(named) >= 15
    assert named <= written


def test_each_command_exists() -> None:
    group: Any = typer.main.get_command(commands)
    named = re.findall(r"(?<![\w./-])headrace ([\w-]+)(?: (\w+))?", RUNBOOK)
    assert len(named) > 10
    for name, second in named:
        command = group.commands[name]
        assert not hasattr(command, "commands") or second in command.commands


def test_each_alert_leads_to_a_chapter_of_the_runbook() -> None:
    texts = dict(part.split("\n", 1) for part in re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)[1:])
    chapters = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-"): text for heading, text in texts.items()}
    (group,) = yaml.safe_load(RULES)["groups"]
    assert len(group["rules"]) >= 6
    for rule in group["rules"]:
        assert re.fullmatch(r"Headrace[A-Za-z]+", rule["alert"])
        assert rule["labels"]["severity"] in {"page", "ticket"}
        for said in ("summary", "action"):
            assert rule["annotations"][said].endswith(".")
        file, _, chapter = rule["annotations"]["runbook"].partition("#")
        assert file == "docs/runbook.md"
        assert chapter in chapters, f"{rule['alert']} leads to no chapter"
        assert rule["alert"] in " ".join(chapters[chapter].split()), f"{chapter} does not name {rule['alert']}"
    alerts = {rule["alert"] for rule in group["rules"]}
    assert set(re.findall(r"alert (Headrace\w+)", RUNBOOK)) <= alerts


def test_the_scrape_configuration_names_what_the_rules_ask_for() -> None:
    configuration = yaml.safe_load((DOCS / "prometheus.yml").read_text("utf-8"))
    assert configuration["rule_files"] == ["prometheus-rules.yml"]
    jobs = {one["job_name"] for one in configuration["scrape_configs"]}
    assert set(re.findall(r'job="([\w-]+)"', RULES)) <= jobs
    (api,) = [one for one in configuration["scrape_configs"] if one["job_name"] == "headrace-api"]
    assert api["authorization"]["type"] == "Bearer"
