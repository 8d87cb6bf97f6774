"""How rightly Headrace reads PDFs, beside other readers: words kept and broken, order, rows, flags, speed, memory.

Without options it reads the documents of tests/corpus, whose texts are known. Each reader runs in a process of its own,
one reader after another, and reads the same files. Readers of others are installed into .cache/documents by
`make bench-documents`; those that are missing are left out and named.
"""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from load_test.document_readers import READERS
from load_test.rig import ROOT
from tests.corpus.measure import Reading, Score, measure
from tests.corpus.truth import DOCUMENTS, Truth, load, names

PEERS: Final = ROOT / ".cache" / "documents" / "bin" / "python"
OURS: Final = "headrace"
POPPLER: Final = "pdftotext"
PATIENCE_S: Final = 1800
WORST: Final = 15
SHOWN_WORDS: Final = 8

_IN_OUR_ENVIRONMENT: Final = frozenset({OURS, "pdfium", POPPLER, "pdftotext-layout"})
_console = Console(width=None if sys.stdout.isatty() else 200)


@dataclass(slots=True)
class Run:
    """What one reader made of all files: scores by file, the rest in all."""

    scores: dict[str, Score] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    peak_mib: float = 0.0
    knows_tables: bool = False

    def total(self, files: Sequence[str]) -> Score:
        """Return the score of some files together."""
        return sum((self.scores[file] for file in files), Score())

    def figures(self, files: Sequence[str]) -> dict[str, Any]:
        """Return the score of some files as JSON has it."""
        score = self.total(files)
        shares = {name: round(getattr(score, name), 5) for name in ("kept", "broken", "order", "rows_whole")}
        counts = ("words", "rows", "pages", "flagged_pages", "wrong_unflagged", "right_flagged")
        counted = {"documents": len(files), "right": sum(self.scores[file].is_right for file in files)}
        return {**counted, **shares, **{name: getattr(score, name) for name in counts}}


def main(
    *,
    folder: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="Read every PDF in this folder and below instead, and compare with the words that pdftotext finds.",
        ),
    ] = None,
    reader: Annotated[
        list[str] | None, typer.Option(help=f"Run this reader alone, repeatable: {', '.join(READERS)}.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Read only documents whose kind or name contains this.")] = "",
    by_kind: Annotated[bool, typer.Option(help="Print a line for each kind of document.")] = True,
    words: Annotated[bool, typer.Option("--words", help="Print the words that Headrace lost or broke.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Compare readers of PDFs by documents whose text is known, or by a folder of any PDFs.

    right: documents that were read as tests/unit/documents/test_corpus.py wants it; kept: share of the words that were
    read; broken: share of the words read that do not stand in the document; order:
    share of neighbouring words that are neighbours in what was read; rows: rows of tables whose cells stand in one row
    (or, of a reader without tables, in one line); flagged: pages that the reader doubts, "missed" are those that it
    should have, "wrongly" those that it should not have; MiB: the most memory that the reader's process held.
    Documents that no reader of the text can be right about count for "flagged" alone. In a folder without known texts,
    kept and broken are by pdftotext's words: what is "broken" there may also be gained.
    """
    chosen = _present(reader or list(READERS))
    files = _files_of(folder) if folder else {name: DOCUMENTS / f"{name}.pdf" for name in _named(kind)}
    if not files:
        raise typer.BadParameter("no PDF is there")
    truths = _by_poppler(files) if folder else {name: load(name) for name in files}
    runs = {name: _run(name, {file: files[file] for file in truths}, truths) for name in chosen}
    kinds: dict[str, list[str]] = defaultdict(list)
    for name, truth in truths.items():
        kinds[truth.kind].append(name)
    if as_json:
        typer.echo(json.dumps(_as_json(runs, kinds), indent=2, ensure_ascii=False))
        return
    _print_all(runs, list(truths))
    if by_kind and not folder:
        _print_kinds(runs, kinds)
    if (folder or words) and OURS in runs:
        _print_worst(runs[OURS])


def _present(wanted: Sequence[str]) -> list[str]:
    """Return the readers that are installed, and name the others."""
    unknown = set(wanted) - set(READERS)
    if unknown:
        raise typer.BadParameter(f"no reader is called {', '.join(sorted(unknown))}")
    missing = [name for name in wanted if not _is_there(name)]
    if missing:
        typer.echo(f"not installed, left out: {', '.join(missing)}", err=True)
    return [name for name in wanted if name not in missing]


def _is_there(reader: str) -> bool:
    if reader.startswith(POPPLER):
        return shutil.which(POPPLER) is not None
    return reader in _IN_OUR_ENVIRONMENT or PEERS.exists()


def _named(part: str) -> list[str]:
    return [name for name in names() if part in name or part in load(name).kind]


def _files_of(folder: Path) -> dict[str, Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".pdf" and path.is_file())
    return {str(path.relative_to(folder)): path.resolve() for path in found}


def _by_poppler(files: Mapping[str, Path]) -> dict[str, Truth]:
    """Return what pdftotext reads as if it were the truth; files that it cannot read are left out."""
    if not _is_there(POPPLER):
        raise typer.BadParameter("pdftotext is not installed, and a folder is compared with its words")
    answers = _answers(POPPLER, list(files.values()))
    truths = {}
    for (name, _), answer in zip(files.items(), answers, strict=True):
        pages = answer.get("pages")
        if pages is None:
            typer.echo(f"{name}: pdftotext cannot read it: {answer['failed']}", err=True)
            continue
        truths[name] = Truth(
            name=name,
            producer="",
            kind="folder",
            pages=len(pages),
            text="\f".join(pages),
            doubt_allowed=tuple(range(1, len(pages) + 1)),
        )
    return truths


def _run(reader: str, files: Mapping[str, Path], truths: Mapping[str, Truth]) -> Run:
    run = Run()
    answers = _answers(reader, list(files.values()))
    for (name, _), answer in zip(files.items(), answers, strict=True):
        run.seconds += answer.get("seconds", 0.0)
        run.peak_mib = max(run.peak_mib, answer.get("peak_mib", 0.0))
        rows = answer.get("rows")
        run.knows_tables |= rows is not None
        if "failed" in answer:
            run.failed[name] = answer["failed"]
        reading = Reading(
            pages=tuple(answer.get("pages", ())),
            rows=None if rows is None else tuple(map(tuple, rows)),
            flagged=tuple(answer.get("flagged") or ()),
        )
        run.scores[name] = measure(truths[name], reading)
    return run


def _answers(reader: str, paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the reader's answer for each path; a file at which its process dies has failed, the others are read."""
    python = sys.executable if reader in _IN_OUR_ENVIRONMENT else str(PEERS)
    answers: list[dict[str, Any]] = []
    while len(answers) < len(paths):
        done = subprocess.run(  # noqa: S603 - our own module
            (python, "-m", "load_test.document_readers", reader),
            cwd=ROOT,
            input="".join(f"{path}\n" for path in paths[len(answers) :]),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        answers += [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) < len(paths):
            answers.append({"failed": f"the process ended with {done.returncode}"})
    return answers


def _as_json(runs: Mapping[str, Run], kinds: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    everything = [name for found in kinds.values() for name in found]
    return {
        reader: {
            "all": run.figures(everything),
            "kinds": {kind: run.figures(found) for kind, found in sorted(kinds.items())},
            "documents": {name: run.figures([name]) for name in everything},
            "failed": run.failed,
            "seconds": round(run.seconds, 3),
            "pages_per_s": round(_pages_a_second(run, everything), 2),
            "peak_mib": round(run.peak_mib, 1),
        }
        for reader, run in runs.items()
    }


def _pages_a_second(run: Run, files: Sequence[str]) -> float:
    return run.total(files).pages / run.seconds if run.seconds else 0.0


def _percent(share: float) -> str:
    return f"{share * 100:.2f}"


def _print_all(runs: Mapping[str, Run], files: Sequence[str]) -> None:
    table = Table(title=f"{len(files)} documents")
    table.add_column("reader")
    heads = (
        "right",
        "kept %",
        "broken %",
        "order %",
        "rows",
        "flagged",
        "missed",
        "wrongly",
        "failed",
        "pages/s",
        "MiB",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for reader, run in runs.items():
        score = run.total(files)
        table.add_row(
            reader,
            str(sum(run.scores[file].is_right for file in files)),
            _percent(score.kept),
            _percent(score.broken),
            _percent(score.order),
            f"{score.whole_rows}/{score.rows}{'' if run.knows_tables else ' lines'}",
            str(score.flagged_pages),
            str(score.wrong_unflagged),
            str(score.right_flagged),
            str(len(run.failed)),
            f"{_pages_a_second(run, files):.1f}",
            f"{run.peak_mib:.0f}",
        )
    _console.print(table)


def _print_kinds(runs: Mapping[str, Run], kinds: Mapping[str, Sequence[str]]) -> None:
    table = Table(title="by kind: words kept % / broken % / order %, whole rows")
    table.add_column("kind")
    table.add_column("files", justify="right")
    for reader in runs:
        table.add_column(reader, justify="right")
    for kind, files in sorted(kinds.items()):
        table.add_row(kind, str(len(files)), *(_cell(run.total(files)) for run in runs.values()))
    _console.print(table)


def _cell(score: Score) -> str:
    if not score.words:
        return f"{score.flagged_pages}/{score.wrong_unflagged + score.flagged_pages} flagged"
    shares = f"{score.kept * 100:.1f}/{score.broken * 100:.1f}/{score.order * 100:.0f}"
    return f"{shares} {score.whole_rows}/{score.rows}" if score.rows else shares


def _print_worst(run: Run) -> None:
    """Print the documents of which most words were lost, with some of the words."""
    table = Table(title="most words lost or broken by Headrace")
    for head in ("document", "kept %", "broken %", "lost", "not there"):
        table.add_column(head)
    worst = sorted(run.scores, key=lambda name: run.scores[name].kept - run.scores[name].broken)[:WORST]
    for name in worst:
        score = run.scores[name]
        lost, surplus = (" ".join(list(found)[:SHOWN_WORDS]) for found in (score.missing, score.surplus))
        table.add_row(name, _percent(score.kept), _percent(score.broken), lost, surplus)
    _console.print(table, markup=False)
    for name, why in run.failed.items():
        _console.print(f"{name}: {why}", markup=False)


if __name__ == "__main__":
    typer.run(main)
