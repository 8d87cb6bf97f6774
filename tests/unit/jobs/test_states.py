"""The states as data, against the copy that was written by hand."""

import re
from pathlib import Path

from sqlalchemy import CheckConstraint

from app.core.database import Base
from app.jobs import states
from app.jobs.models import Job
from app.jobs.states import FINAL, MOVES, ShownStatus, Status, Verb

DOCUMENT = Path(__file__).parents[3] / "docs" / "state-machine.md"
ROW = re.compile(r"^\| (\w+) \| (\w+|-) \| (\w+) \| (\w+) \|", re.MULTILINE)


def test_the_moves_equal_the_hand_written_table() -> None:
    written = set(ROW.findall(DOCUMENT.read_text("utf-8")))
    assert written == {(move.verb, move.source or "-", move.target, move.event) for move in MOVES}


def test_only_a_retry_leaves_a_final_state() -> None:
    assert {move.verb for move in MOVES if move.source in FINAL} == {Verb.RETRY}
    assert not [move for move in MOVES if move.source is Status.COMPLETED]


def test_every_state_can_be_reached_and_every_open_one_can_be_left() -> None:
    assert {move.target for move in MOVES} == set(Status)
    assert {move.source for move in MOVES} >= set(Status) - FINAL


def test_a_verb_names_one_line_for_each_state_it_leads_to() -> None:
    for verb in Verb:
        targets = {(move.target, move.event) for move in MOVES if move.verb is verb}
        assert len(targets) == len(states.events(verb))


def test_shown_states_are_the_stored_ones_and_scheduled() -> None:
    assert {status.value for status in ShownStatus} == {status.value for status in Status} | {"scheduled"}


def test_the_tables_checks_name_every_state() -> None:
    table = Base.metadata.tables[Job.__tablename__]
    checks = {str(one.name): str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)}
    assert all(f"'{status}'" in checks["jobs_status_check"] for status in Status)
    assert all(f"'{status}'" in checks["jobs_finished_check"] for status in FINAL)
