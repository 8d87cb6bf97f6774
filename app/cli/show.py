"""How the command line shows things: aligned tables, jobs, settings without their secrets."""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from app.cli.output import terminal_width
from app.core.addresses import MASK, masked
from app.core.settings import Settings

MESSAGE_CHARS = 80
GAP = "  "
# The first that fits is shown.
JOB_COLUMNS = (
    ("id", "type", "status", "priority", "attempt", "created", "took"),
    ("id", "type", "status", "created", "took"),
    ("id", "type", "status", "took"),
)
LEAST_FOLDED = 24

ENDED_COLUMNS = ("last", "completed", "failed", "cancelled", "per_minute", "wait_p95_s", "run_p95_s")


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows under their headings, each column as wide as its widest value; None is a dash.

    On a terminal that is too narrow the last column is folded.
    """
    cells = [[column.upper() for column in columns]]
    cells += [[_cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(columns))]
    indent = sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    room = (terminal_width() or sys.maxsize) - indent
    lines = []
    for *firsts, last in cells:
        begin = "".join(cell.ljust(width) + GAP for cell, width in zip(firsts, widths[:-1], strict=True))
        folded = textwrap.wrap(last, room) if LEAST_FOLDED <= room < len(last) else [last]
        lines += [f"{begin}{folded[0]}".rstrip(), *(f"{' ' * indent}{more}" for more in folded[1:])]
    return "\n".join(lines)


def jobs(items: Iterable[Mapping[str, Any]]) -> str:
    """Return a table of jobs."""
    rows = [
        {
            **item,
            "attempt": f"{item.get('attempts_used', 0)}/{item.get('max_attempts', '?')}",
            "created": second(item.get("created_at")),
            "took": seconds(item.get("started_at"), item.get("finished_at")),
        }
        for item in items
    ]
    width = terminal_width() or sys.maxsize
    shown = [table(rows, columns) for columns in JOB_COLUMNS]
    return next((one for one in shown if max(map(len, one.splitlines())) <= width), shown[-1])


def files(items: Iterable[Mapping[str, Any]]) -> str:
    """Return a table of uploaded files."""
    rows = [{**item, "expires": second(item["expires_at"])} for item in items]
    return table(rows, ("id", "name", "media_type", "size_bytes", "expires"))


def health(answer: Mapping[str, Any]) -> str:
    """Return the state of each part, and of the whole."""
    rows = [{"part": name, **part} for name, part in answer["parts"].items()]
    return f"{table(rows, ('part', 'status', 'latency_ms', 'detail'))}\nall: {answer['status']}"


def stats(answer: Mapping[str, Any]) -> str:
    """Return the counts, what ended lately, and the workers."""
    counts = ", ".join(f"{count} {status}" for status, count in answer["by_status"].items() if count)
    oldest = answer["oldest_waiting_s"]
    ended = [
        {
            "last": name,
            **window,
            "wait_p95_s": window["wait"]["p95_s"],
            "run_p95_s": window["run"]["p95_s"],
        }
        for name, window in answer["windows"].items()
    ]
    return "\n".join(
        [
            f"jobs: {counts or 'none'}" + ("" if oldest is None else f"; the oldest waits for {oldest:.1f} s"),
            "",
            *([table(ended, ENDED_COLUMNS), ""] if ended else []),  # who sees one team alone is told of none
            table(answer["workers"], ("id", "state", "busy", "slots")) if answer["workers"] else "no worker is alive",
            *_gone(answer.get("gone_workers", ())),
        ]
    )


def _gone(workers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what became of the workers of the last hour that are gone, and of the jobs that lost them."""
    if workers:
        yield ""
        rows = [{**one, "gone_at": second(one["gone_at"])} for one in workers]
        yield table(rows, ("id", "state", "gone_at", "requeued", "failed", "cancelled", "running"))


def control(item: Mapping[str, Any]) -> str:
    """Return what holds a queue or job type back, in a few words."""
    limit = "no limit" if item["max_running"] is None else f"at most {item['max_running']} at once"
    return f"paused since {second(item['paused_at'])}, {limit}" if item["paused_at"] else limit


def queues(answer: Mapping[str, Any]) -> str:
    """Return a table of the queues and one of the job types."""
    shown = {
        kind: [{**item, "control": control(item), "oldest_s": item.get("oldest_waiting_s")} for item in answer[kind]]
        for kind in ("queues", "types")
    }
    for item in shown["queues"]:
        item["oldest_s"] = None if item["oldest_s"] is None else f"{item['oldest_s']:.1f}"
    columns = ("waiting", "scheduled", "running")
    return "\n".join(
        [
            table(
                ({**item, "queue": item["name"]} for item in shown["queues"]),
                ("queue", *columns, "slots", "in_broker", "oldest_s", "control"),
            ),
            "",
            table(({**item, "type": item["name"]} for item in shown["types"]), ("type", *columns, "control")),
        ]
    )


def explanation(answer: Mapping[str, Any]) -> str:
    """Return why a job waits: each reason in a line, and when it should start."""
    if not answer["reasons"]:
        return f"{answer['status']}: {answer['summary']}"
    reasons = [f"- {reason['message']}" for reason in answer["reasons"]]
    starts = answer["starts_at"]
    if starts is None:
        last = "starts: nobody can say yet"
    elif starts <= answer["now"]:
        last = "starts: now"
    else:
        last = f"starts: in about {seconds(answer['now'], starts)}"
    return "\n".join([f"{answer['status']}, because", *reasons, last])


def dead_letters(answer: Mapping[str, Any]) -> str:
    """Return groups of failed jobs, and what is left out."""
    rows = [
        {
            **group,
            "last": second(group["last_at"]),
            "newest": group["samples"][0]["id"],
            "message": clipped(str(group["message"])),
        }
        for group in answer["groups"]
    ]
    if not rows:
        return "no failed jobs"
    columns = ("count", "type", "error_code", "last", "fingerprint", "newest", "message")
    more = answer["total_groups"] - len(rows)
    return "\n".join(
        [
            table(rows, columns),
            f"{counted(answer['total'], 'job')} in {counted(answer['total_groups'], 'group')}"
            + (f", {more} not shown" if more else ""),
        ]
    )


def action(item: Mapping[str, Any]) -> str:
    """Return how far an action over many jobs is."""
    skipped = f", {item['skipped']} had changed" if item.get("skipped") else ""
    reason = f": {item['error']}" if item.get("error") else ""
    return f"{item['action']} {item['id']} is {item['status']}: {item['done']} of {item['total']} done{skipped}{reason}"


def resent(answer: Mapping[str, Any]) -> str:
    """Return what of the caller's jobs the broker should have, and what was sent again."""
    if not answer["found"]:
        return "Nothing to send again: the broker has every job that it should have."
    found, verb = counted(answer["found"], "job"), "is" if answer["resent"] == 1 else "are"
    return f"{found} should be with the broker, {answer['resent']:,} {verb} sent again"


def pruning(answer: Mapping[str, Any]) -> str:
    """Return what a pruning would delete."""
    if not answer["matched"]:
        return f"Nothing to prune (older than {counted(answer['kept_days'], 'day')})."
    counts = ", ".join(f"{count} {status}" for status, count in sorted(answer["by_status"].items()))
    since = f" ({counts}; the oldest of {second(answer['oldest_finished_at'])})" if counts else ""
    matched, days = counted(answer["matched"], "job"), counted(answer["kept_days"], "day")
    them = "it" if answer["matched"] == 1 else "them"
    return f"{matched} ended over {days} ago{since}; --yes deletes {them}"


def cleaned_keys(answer: Mapping[str, Any]) -> str:
    """Return what the janitor did with API keys, or would do."""
    would = "would be " if answer["dry_run"] else ""
    done = {
        "expired": f"{would}deactivated, being over",
        "unused": f"{would}deactivated, being used by nobody",
        "deleted": f"{would}deleted",
    }
    lines = [
        f"{counted(len(answer[what]), 'key')} {said}: {', '.join(answer[what])}"
        for what, said in done.items()
        if answer[what]
    ]
    if not lines:
        return "No API key is to be deactivated or deleted."
    return "\n".join([*lines, *(["dry run: nothing was changed"] if answer["dry_run"] else [])])


def costs(answer: Mapping[str, Any]) -> str:
    """Return what was spent, a line for each group, and the sum."""
    span = f"{answer['first_day']} to {answer['last_day']}"
    if not answer["items"]:
        return f"no model answered from {span}"
    total = {**answer["total"], "key": "all"}
    rows = [{**item, answer["group_by"]: item["key"], "usd": _usd(item)} for item in (*answer["items"], total)]
    tokens = ("prompt_tokens", "cached_tokens", "completion_tokens")
    unpriced = f"; + stands for calls whose price is unknown, {total['unpriced']} in all" if total["unpriced"] else ""
    return f"{table(rows, (answer['group_by'], 'jobs', 'attempts', *tokens, 'usd'))}\n{span}{unpriced}"


def _usd(item: Mapping[str, Any]) -> str:
    known = "" if item["cost_usd"] is None else f"{item['cost_usd']:.6f}"
    return f"{known}+" if item["unpriced"] else known


def audit(items: Iterable[Mapping[str, Any]]) -> str:
    """Return lines of the audit log."""
    rows = [
        {**item, "at": second(item["at"]), "detail": json.dumps(item["detail"]) if item.get("detail") else None}
        for item in items
    ]
    return table(rows, ("at", "actor", "action", "target", "detail"))


def settings(current: Settings) -> dict[str, str]:
    """Return every setting by its name in the environment; of a secret only whether it is set, of a URL its place."""
    return {name.upper(): _setting(getattr(current, name)) for name in sorted(type(current).model_fields)}


def _setting(value: object) -> str:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return masked(secret) if "://" in secret else MASK if secret else ""
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return masked(text) if "://" in text else text


def counted(count: float, noun: str) -> str:
    """Return `1 job`, `1,200 jobs`, `7.5 days`."""
    return f"{count:,.10g} {noun}" if count == 1 else f"{count:,.10g} {noun}s"


def clipped(text: str) -> str:
    """Return a text as one line that fits."""
    message = " ".join(printable(text).split())
    return message if len(message) <= MESSAGE_CHARS else f"{message[: MESSAGE_CHARS - 1]}…"


def printable(text: str) -> str:
    """Return a text of somebody else's without what would steer a terminal; its lines stay lines."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def second(at: str | None) -> str:
    """Return a time to the second; nothing for none."""
    return (at or "")[:19].replace("T", " ")


def millisecond(at: str | None) -> str:
    """Return a time to the millisecond; nothing for none."""
    return (at or "")[:23].replace("T", " ").rstrip("Z")


def seconds(start: str | None, end: str | None) -> str:
    """Return how long it is from one time to another, such as `1.25 s`; nothing where one is missing."""
    if not (start and end):
        return ""
    return f"{(datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds():.2f} s"
