"""Jobs from the lines of a file: JSON Lines or CSV, read as it goes, each with the number of its line."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from app.cli.job_types import TEXT, JobTypes
from app.cli.values import plain

MAX_LINE_BYTES = 16_000_000
KEY = "idempotency_key"
# What a line may say of a job beside its input.
ENVELOPE = frozenset(
    {"type", "priority", "run_at", "delay_s", "deadline_s", "timeout_s", "queue", "max_attempts"}
    | {"max_refusals", "max_crashes", "model", "max_cost_usd", "metadata", KEY}
)
_METADATA = "metadata."
_FROM_A_LIST = "`jq -c '.[]' FILE` makes lines of a JSON list"
_DIALECTS = {".csv": ",", ".tsv": "\t"}


class LineError(Exception):
    """A line that no job can be made of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its number, its text, how many bytes it had, and the job that it is, or why it is none."""

    number: int
    text: str
    size_bytes: int
    job: dict[str, Any] | None = None
    key: str = ""
    fault: str = ""


def lines_of(file: IO[bytes], *, name: str, defaults: Mapping[str, Any], key: str, types: JobTypes) -> Iterator[Line]:
    """Yield the lines of a file that are not empty. `name` ends in .csv or .tsv where it is a table with a heading.

    `types` is asked only what a line leaves open: the field of its text, and whether 42 in a table is a text.
    `defaults` is what a job is where its line says nothing else. Two runs over the same lines with the same `key` give
    the same keys: a line's is made of its content, and of how many such lines came before.
    """
    suffix = name[-4:].lower()
    raw = _decoded(file)
    found = _json_lines(raw)
    if suffix in _DIALECTS:
        rows = _table(raw, _DIALECTS[suffix])
        found = ((line, value if line.fault else _row(value, defaults.get("type"), types)) for line, value in rows)
    seen: Counter[bytes] = Counter()
    for line, value in found:
        if line.fault:
            yield line
            continue
        try:
            job, own_key = _job(value, defaults, types)
        except LineError as error:
            yield Line(line.number, line.text, line.size_bytes, fault=str(error))
            continue
        content = hashlib.sha256(json.dumps([key, job], sort_keys=True).encode()).digest()[:16]
        seen[content] += 1
        made = f"batch-{content.hex()}-{seen[content]}"
        yield Line(line.number, line.text, line.size_bytes, job=job, key=f"{key}{own_key}" if own_key else made)


def _decoded(file: IO[bytes]) -> Iterator[Line]:
    """Yield each line as text; of one that is too long only a fault."""
    number = 0
    while raw := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        size_bytes = len(raw)
        if size_bytes > MAX_LINE_BYTES:
            while not raw.endswith(b"\n") and (raw := file.readline(MAX_LINE_BYTES)):
                size_bytes += len(raw)
            yield Line(number, "", size_bytes, fault=f"longer than {MAX_LINE_BYTES:,} bytes")
            continue
        try:
            yield Line(number, raw.decode("utf-8-sig" if number == 1 else "utf-8"), size_bytes)
        except UnicodeDecodeError:
            yield Line(number, "", size_bytes, fault="not UTF-8")


def _json_lines(lines: Iterable[Line]) -> Iterator[tuple[Line, Any]]:
    for line in lines:
        if line.fault or not line.text.strip():
            if line.fault:
                yield line, None
            continue
        try:
            yield line, json.loads(line.text)
        except ValueError:
            fault = "not JSON: a line is one job, as a JSON object, or a text in quotes"
            if line.number == 1 and line.text.lstrip().startswith("["):
                fault += f"; {_FROM_A_LIST}"
            yield Line(line.number, line.text, line.size_bytes, fault=fault), None


def _table(lines: Iterable[Line], delimiter: str) -> Iterator[tuple[Line, Any]]:
    """Yield the cells of each row of a table by their headings; a cell may go over several lines."""
    taken: list[Line] = []

    def texts() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line.text

    rows = csv.reader(texts(), delimiter=delimiter)
    heading: list[str] | None = None
    for row in rows:
        first = taken[0]
        whole = Line(first.number, "".join(one.text for one in taken), sum(one.size_bytes for one in taken))
        fault = next((one.fault for one in taken if one.fault), "")
        taken.clear()
        if fault:
            yield Line(whole.number, whole.text, whole.size_bytes, fault=fault), None
        elif heading is None:
            heading = [cell.strip() for cell in row]
        elif len(row) > len(heading):
            fault = f"{len(row)} cells under {len(heading)} headings"
            yield Line(whole.number, whole.text, whole.size_bytes, fault=fault), None
        elif any(cell.strip() for cell in row):
            yield whole, dict(zip(heading, row, strict=False))


def _row(cells: Mapping[str, str], default_type: str | None, types: JobTypes) -> dict[str, Any]:
    """Return a row as a line of JSON would say it: a job with its input."""
    job: dict[str, Any] = {"input": {}}
    for name, cell in cells.items():
        if not cell.strip():
            continue
        if name.startswith(_METADATA):
            job.setdefault("metadata", {})[name.removeprefix(_METADATA)] = plain(cell)
        elif name in ENVELOPE:
            job[name] = cell if name in {"type", "model", "queue", KEY} else plain(cell)
        elif name == "categories" and not cell.lstrip().startswith("["):
            job["input"][name] = [part.strip() for part in cell.replace(";", ",").split(",") if part.strip()]
        else:
            job["input"][name] = _value(name, cell, cells.get("type") or default_type, types)
    return job


def _value(name: str, cell: str, job_type: str | None, types: JobTypes) -> Any:
    """Return the value of a cell, JSON where it is that; of a field that takes a text as it is."""
    value = plain(cell)
    if value == cell or name == TEXT:
        return cell
    takes = types.find(job_type)
    return cell if takes and name in takes.texts else value


def _job(value: Any, defaults: Mapping[str, Any], types: JobTypes) -> tuple[dict[str, Any], str]:
    """Return the job that a line is, and the key that it brings. Raises: LineError."""
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict):
        hint = f"; {_FROM_A_LIST}" if isinstance(value, list) else ""
        raise LineError(f"neither a JSON object nor a text{hint}")
    is_whole = isinstance(value.get("input"), dict)
    said = dict(value) if is_whole else {"input": value}
    key = said.pop(KEY, "") if is_whole else ""
    job = {**defaults, **said}
    if not job.get("type"):
        raise LineError('no job type: name TYPE, or write lines such as {"type": "echo", "input": {"message": "x"}}')
    fields = {**defaults.get("input", {}), **said["input"]}
    takes = types.find(job["type"]) if TEXT in fields else None
    if takes and takes.text and takes.text not in fields:
        fields[takes.text] = fields.pop(TEXT)
    job["input"] = fields
    if isinstance(said.get("metadata"), dict):
        job["metadata"] = {**defaults.get("metadata", {}), **said["metadata"]}
    return job, str(key)
