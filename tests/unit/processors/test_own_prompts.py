"""An operator's prompts stand before the built-in ones when they fit, and are refused by name when they do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.core.settings import Settings, SettingsError
from app.ops import configuration
from app.processors import prompts
from app.processors.prompts import built_in, load_prompt, sections_of
from app.processors.prompts.own import faults_in, read_own

TRANSLATE = built_in()["translate"]


@pytest.fixture(autouse=True)
def _no_own_ones() -> Iterator[None]:
    yield
    prompts.use({})


def _settings(folder: Path) -> Settings:
    return Settings(prompts_dir=str(folder))


def test_without_a_folder_all_are_built_in() -> None:
    assert read_own(Settings()) == {}


@pytest.mark.parametrize("name", sorted(built_in()))
def test_each_built_in_prompt_could_be_an_operator_s(name: str) -> None:
    assert list(faults_in(name, built_in()[name], built_in())) == []


def test_an_own_prompt_goes_before_the_built_in_one_and_says_so(tmp_path: Path) -> None:
    prompt, summarize = load_prompt("translate", number=1), load_prompt("summarize", number=1)
    before = prompt.version
    (tmp_path / "translate.md").write_text("\ufeff## translate\r\nInto $target_language, for $$5, please.", "utf-8")
    prompts.use(read_own(_settings(tmp_path)))
    assert prompt.section("translate", target_language="Dutch") == "Into Dutch, for $5, please."
    assert prompt.version.startswith("translate@own:")
    assert before.startswith("translate@1:")
    assert summarize.version.startswith("summarize@1:")


def test_another_text_is_another_version(tmp_path: Path) -> None:
    versions = set()
    for text in ("Say $target_language.", "Tell $target_language."):
        (tmp_path / "translate.md").write_text(f"## translate\n{text}\n", "utf-8")
        prompts.use(read_own(_settings(tmp_path)))
        versions.add(load_prompt("translate", number=1).version)
    assert len(versions) == 2


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("translate", "", "section `## translate` is missing"),
        ("translate", "Translate into $target_language.", "section `## translate` is missing"),
        ("translate", "## translate\n", "`## translate`: it is empty"),
        (
            "translate",
            "## translate\nTranslate.\n",
            "`## translate`: it lacks $target_language; compare it with `headrace",
        ),
        ("translate", "## translate\n$target_language $tone\n", "it has $tone, which nothing fills"),
        ("translate", "## translate\n$target_language costs $5\n", "a `$` that begins no placeholder"),
        ("translate", TRANSLATE + "\n## more\nx\n", "section `## more` is none of this prompt's (translate)"),
        ("translate", TRANSLATE + "\n" + TRANSLATE, "section `## translate` is there twice"),
        ("translate", TRANSLATE + "x" * 100_000, "longer than 100,000 characters"),
        ("translation", TRANSLATE, "there is no prompt 'translation'; there are: classify, data_extraction"),
        ("classify", built_in()["classify"].replace(" | animals", ""), "must have 1 `|`"),
        ("classify", built_in()["classify"].replace("refund: ", "refund "), "must be `names: what they mean"),
        (
            "data_extraction",
            built_in()["data_extraction"].replace("## example_schema\n{", "## example_schema\n"),
            "`## example_schema`: it must be a JSON object",
        ),
        (
            "data_extraction",
            built_in()["data_extraction"].replace('"integer"', '"whole"'),
            "`## example_schema`: the type of 'quantity' must be one of",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, name: str, text: str, why: str) -> None:
    path = tmp_path / f"{name}.md"
    path.write_text(text, "utf-8")
    (tmp_path / "notes.txt").write_text("not a prompt", "utf-8")
    with pytest.raises(SettingsError) as refused:
        configuration.check(_settings(tmp_path), ocr=False)
    (line, *_) = [line for line in refused.value.lines if why in line]
    assert line.startswith(f"PROMPTS_DIR: {path}: ")


def test_what_is_no_text_or_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "translate.md").write_bytes("## translate".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"translate\.md.*UTF-8"):
        read_own(_settings(tmp_path))
    with pytest.raises(SettingsError, match="gone is no folder"):
        read_own(_settings(tmp_path / "gone"))


def test_the_commands_take_them_out_list_and_show_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner, folder = CliRunner(), tmp_path / "mine"
    assert runner.invoke(app, ["prompts", "export", str(folder), "translate"]).exit_code == 0
    path = folder / "translate.md"
    assert path.read_text("utf-8") == TRANSLATE
    assert runner.invoke(app, ["prompts", "export", str(folder)]).exit_code == 2
    path.write_text("## translate\nInto $target_language!\n", "utf-8")
    monkeypatch.setenv("PROMPTS_DIR", str(folder))
    listed = runner.invoke(app, ["prompts", "ls"]).output
    assert [line.split()[:2] for line in listed.splitlines() if "translate" in line] == [["translate", "PROMPTS_DIR"]]
    assert "summarize        built-in" in listed
    assert runner.invoke(app, ["prompts", "show", "translate"]).output == path.read_text("utf-8")
    assert runner.invoke(app, ["prompts", "show", "translate", "--built-in"]).output == TRANSLATE
    assert runner.invoke(app, ["prompts", "show", "nothing"]).exit_code == 2


def test_sections_are_told_by_their_headings() -> None:
    assert sections_of("x\n## a\none\n## b\ntwo\n") == {"a": "one", "b": "two"}
