import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli import values


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86_400), ("1h30m", 5400), ("0.5", 0.5), ("2 H", 7200)],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert values.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5y", "h", "1 2 3x", "1e3"])
def test_no_duration(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write it as 90s, 15m, 2h, 1d or 1h30m"):
        values.seconds(text)


def test_a_time_without_a_zone_is_one_of_this_machine() -> None:
    assert datetime.fromisoformat(values.moment("2026-01-31T09:00")).tzinfo is not None
    assert datetime.fromisoformat(values.moment("2026-01-31T09:00:00Z")) == datetime(2026, 1, 31, 9, tzinfo=UTC)
    with pytest.raises(typer.BadParameter, match="is no time: write it as 2026-01-31T09:00"):
        values.moment("tomorrow")


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("total:number,due:date", {"total": "number", "due": "date"}),
        ("note", {"note": "string"}),
        (" a : integer , b ", {"a": "integer", "b": "string"}),
        ('{"total": "number"}', {"total": "number"}),
        ("schema.json", {"from": "file"}),
        ("@schema.json", {"from": "file"}),
    ],
)
def test_a_schema(text: str, schema: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("schema.json").write_text(json.dumps({"from": "file"}), "utf-8")
    assert values.schema(text) == schema


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{nope", "not JSON"),
        ("[1]", "write it as name:type"),
        ("a:b:c", "write it as name:type"),
        ("a,,b", "write it as name:type"),
        ("missing.json", "No such file"),
        ("@missing", "No such file"),
        ('{"a"', "not JSON"),
    ],
)
def test_no_schema(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(typer.BadParameter, match=said):
        values.schema(text)


def test_pairs_are_json_where_they_are_that() -> None:
    assert values.pairs(["a=1", "b=x=y", "c={}", "d="], "--set") == {"a": 1, "b": "x=y", "c": {}, "d": ""}
    with pytest.raises(typer.BadParameter, match="--metadata 'x': write it as name=value"):
        values.pairs(["x"], "--metadata")
