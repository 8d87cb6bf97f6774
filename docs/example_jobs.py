# ruff: noqa: INP001
"""Fills a stack that runs with believable jobs of an afternoon: done, failed, tried twice, running, yet to come.

A few are really run by the model; the rest are copies of those, with times spread over the last hour.
"""

import json
import os
import random
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from dotenv import dotenv_values
from psycopg.sql import SQL, Identifier

from tests.rig.local import LocalStack

EXAMPLES = Path(__file__).parents[1] / "examples"
FINAL = {"completed", "failed", "cancelled"}
COPIES = 14
HOUR_S = 3600
PATIENCE_S = 240.0
CATEGORIES = ["billing", "bug", "question", "praise"]
INVOICE = {"invoice_number": "string", "total": "number", "due_date": "string"}
TICKETS = [
    "The export to CSV drops every row whose name has a comma in it. It worked until last Tuesday's update.",
    "Thank you for the quick help yesterday. The new dashboard is exactly what our team was waiting for.",
    "How do I invite somebody who should only read? I found no such role in the settings.",
]
# Every column but those that PostgreSQL makes itself.
_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_name = 'jobs' AND is_generated = 'NEVER'
"""
_COPY_JOB = """
INSERT INTO jobs ({columns}) SELECT {columns} FROM (SELECT (jsonb_populate_record(j, jsonb_build_object(
    'id', %(new)s::uuid, 'created_at', j.created_at - %(shift)s::interval, 'run_at', j.run_at - %(shift)s::interval,
    'started_at', j.started_at - %(shift)s::interval, 'claimed_at', j.claimed_at - %(shift)s::interval,
    'finished_at', j.finished_at - %(shift)s::interval, 'deadline_at', j.deadline_at - %(shift)s::interval,
    'dispatch_at', j.dispatch_at - %(shift)s::interval))).* FROM jobs j WHERE j.id = %(old)s::uuid) AS copied
"""
_COPY_HISTORY = """
INSERT INTO job_events (job_id, version, name, status, attempt, worker, at, detail)
SELECT %(new)s::uuid, version, name, status, attempt, worker, at - %(shift)s::interval, detail
FROM job_events WHERE job_id = %(old)s::uuid
"""


def fill(stack: LocalStack) -> str:
    """Have jobs run, copy them into the past, and leave some running and waiting; return the id of one to look at."""
    texts = {path.name: path.read_text("utf-8") for path in EXAMPLES.glob("*.txt")}
    article = texts["article.txt"]
    wanted: list[dict[str, Any]] = [
        {"type": "summarize", "input": {"text": article, "max_words": 60}},
        {"type": "file", "input": {"input_file_path": "report.pdf"}},
        {"type": "file", "input": {"input_file_path": "contracts/lease-2025.pdf"}},
        {"type": "data_extraction", "input": {"text": texts["invoice.txt"], "schema": INVOICE}},
        *({"type": "classify", "input": {"text": text, "categories": CATEGORIES}} for text in TICKETS),
    ]
    done = [_post(stack, job)["id"] for job in wanted]
    _wait(stack, done)
    _spread(stack, done)
    stopped = _post(stack, {"type": "summarize", "input": {"text": article}, "delay_s": 600})
    _post(stack, {}, f"/{stopped['id']}/cancel")
    shown = _tried_twice(stack, texts["support-ticket.txt"])
    for delay_s in (1200, 5400):
        _post(stack, {"type": "summarize", "input": {"text": article}, "delay_s": delay_s})
    for part in range(3):
        _post(stack, {"type": "summarize", "input": {"text": article[part * 200 :] * 2, "max_words": 200}})
    return shown


def _tried_twice(stack: LocalStack, text: str) -> str:
    """Have a job meet a model that has just died, and be run again; return its id."""
    processes = json.loads(stack.app("ps", "--json"))["processes"]
    os.kill(next(one["pid"] for one in processes if one["name"] == "model"), signal.SIGKILL)
    job = {
        "type": "classify",
        "input": {"text": text, "categories": CATEGORIES},
        "metadata": {"customer": "northlight-studio", "ticket": 58213},
    }
    id_: str = _post(stack, job)["id"]
    _wait(stack, [id_])
    return id_


def _post(stack: LocalStack, body: dict[str, Any], path: str = "") -> dict[str, Any]:
    return _call(stack, path, json.dumps(body).encode())


def _call(stack: LocalStack, path: str, body: bytes | None = None) -> dict[str, Any]:
    token = dotenv_values(stack.folder / "data" / "credentials.env")["SERVICE_TOKEN"] or ""
    headers = {"X-Service-Token": token, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{stack.url}/api/v1/jobs{path}", data=body, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own stack on loopback
        found: dict[str, Any] = json.load(answer)
    return found


def _wait(stack: LocalStack, ids: list[str]) -> None:
    until = time.monotonic() + PATIENCE_S  # noqa: TID251 - a script, not the application
    while any(_call(stack, f"/{id_}")["status"] not in FINAL for id_ in ids):
        if time.monotonic() > until:  # noqa: TID251
            raise TimeoutError
        time.sleep(0.5)


def _spread(stack: LocalStack, ids: list[str]) -> None:
    """Copy ended jobs into the last hour; what was counted by minute is counted anew."""
    chance = random.Random(7)  # noqa: S311 - the same pictures each time
    url = dotenv_values(stack.folder / "data" / "credentials.env")["DATABASE_URL"] or ""
    with psycopg.connect(url.replace("+asyncpg", "")) as connection:
        names = [Identifier(name) for (name,) in connection.execute(_COLUMNS)]
        copy_job = SQL(_COPY_JOB).format(columns=SQL(", ").join(names))
        for old in ids:
            for _ in range(1 if _call(stack, f"/{old}")["status"] == "failed" else COPIES):
                shift_s = chance.betavariate(1.1, 1.4) * HOUR_S
                milliseconds = (UUID(old).int >> 80) - int(shift_s * 1000)
                new = UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | chance.getrandbits(62))
                values = {"old": old, "new": str(new), "shift": f"{shift_s:.3f} s"}
                connection.execute(copy_job, values)
                connection.execute(_COPY_HISTORY, values)
        connection.execute("DELETE FROM job_minutes")
