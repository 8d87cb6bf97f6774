import io
from pathlib import Path

import pytest
import typer

from app.cli.job_input import build


def test_text_fills_the_field_of_its_type() -> None:
    assert build("summarize", text="hello") == {"text": "hello"}
    assert build("echo", text="hello") == {"message": "hello"}


def test_a_file_is_read_here_but_its_path_is_sent_for_type_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("käse", encoding="utf-8")
    assert build("summarize", file=str(path)) == {"text": "käse"}
    assert build("file", file="reports/a.pdf") == {"input_file_path": "reports/a.pdf"}


def test_a_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("piped"))
    assert build("summarize", file="-") == {"text": "piped"}


def test_single_fields_win_over_the_whole_input() -> None:
    fields = build(
        "classify",
        whole='{"text": "a", "max_words": 9}',
        categories="red, green,",
        target_language="French",
        assignments=["max_words=50", "tone=dry", 'schema={"name": "string"}', "text=b=c"],
    )
    assert fields == {
        "text": "b=c",
        "max_words": 50,
        "categories": ["red", "green"],
        "target_language": "French",
        "tone": "dry",
        "schema": {"name": "string"},
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "a", "file": "b"}, "not both"),
        ({"whole": "{"}, "is not JSON"),
        ({"whole": "[1]"}, "not a JSON object"),
        ({"assignments": ["nothing"]}, "name=value"),
        ({"assignments": ["=1"]}, "name=value"),
        ({"file": "/nowhere/at/all.txt"}, "No such file"),
    ],
)
def test_what_cannot_be_an_input_is_a_usage_error(given: dict[str, object], said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        build("summarize", **given)  # type: ignore[arg-type]


def test_a_binary_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF\xff\xfe")
    with pytest.raises(typer.BadParameter, match="not a text in UTF-8"):
        build("summarize", file=str(path))
