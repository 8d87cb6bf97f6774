"""A machine that runs the repository's verbs in any order on real PostgreSQL, beside the model.

The clock advances by rewriting the rows' times. All times are multiples of UNIT_S, so that a comparison with now()
has the model's answer as long as one run of the machine takes less than that.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy.exc import DBAPIError

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import monotonic_s
from app.core.database import Database
from app.jobs.outcomes import AttemptUsage, Completed, Failed, JobError, Released, Retry
from app.jobs.repository import attempt_end, commands, maintenance
from app.jobs.repository import claim as claiming
from app.jobs.repository import dispatch as dispatching
from app.jobs.repository.submit import insert_jobs
from app.jobs.rows import Claim, ClaimRequest
from tests.rig.invariants import check_invariants
from tests.rig.job_machine_sql import ADVANCE, CUT_BUDGET, EMPTY, PLAIN, ROWS, TIMED
from tests.rig.job_model import Model, ModelJob
from tests.rig.jobs import new_job

UNIT_S = 5.0
TICK_S = 1e-6  # each statement's time is a little later than that of the one before, as it is for PostgreSQL
LEASE_S = 60
QUEUE = "default"
JOBS = 2  # few, so that much happens to each
CLAIMS = 4  # the newest, which the next steps are about
OOPS = JobError("unavailable", "503")
# The test's PostgreSQL has only just started, and rescue keeps quiet for one lease after that.
NO_LEASE_S, LONG_LEASE_S = 0.0, 1e9
T = TypeVar("T")
a_job = st.integers(0, JOBS - 1)
some_jobs = st.lists(a_job, min_size=1, max_size=JOBS)
some_claims = st.lists(st.integers(0, CLAIMS - 1), min_size=1, max_size=CLAIMS, unique=True)
deadlines_s = st.sampled_from([300, 3000])
seldom = st.sampled_from([False, False, False, False, True])
outcomes = st.sampled_from(
    [
        *(Completed({}), Failed(OOPS)),
        *(Retry(0, OOPS), Retry(0, OOPS), Retry(20, OOPS), Retry(250, OOPS)),
        *(Released(0, OOPS), Released(20, OOPS)),
    ]
)
STEPS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "submit": {
        "job": a_job,
        "priority": st.sampled_from([1, 5]),
        "delay_s": st.sampled_from([0, 50]),
        "deadline_s": deadlines_s,
        "direct": st.booleans(),
    },
    "cancel": {"job": a_job, "is_stranger": seldom},
    "retry": {"job": a_job, "is_stranger": seldom},
    "remove": {"job": a_job, "is_stranger": seldom, "being_cancelled": st.booleans()},
    "claim": {"jobs": some_jobs, "worker": st.sampled_from(["w1", "w2"])},
    "claim_again": {"claimed": some_claims},
    "beat": {"claimed": some_claims, "is_forged": seldom},
    "end": {"claimed": some_claims, "outcome": outcomes, "is_forged": seldom},
    "cut_budget": {"job": a_job},
    "rescue": {"is_quiet": seldom},
    "expire": {},
    "prune": {"kept_s": st.sampled_from([100, 600])},
    "dispatch": {"priority": st.sampled_from([1, 5, 5]), "room": st.integers(1, 2)},
    "unsend": {"jobs": some_jobs},
    "resend_lost": {},
    "resend_all": {},
    "advance": {"by_s": st.sampled_from([5, 20, 20, 65, 65, 300])},
}
OFTEN = ["claim", "claim", "claim", "end", "end", "retry", "submit", "advance"]  # what moves jobs on
steps = st.sampled_from([*STEPS, *OFTEN]).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(STEPS[name]))
)


class TooSlowError(Exception):
    """A run took UNIT_S: from then on a difference between rows and model says nothing."""


class JobMachine(RuleBasedStateMachine):
    """One run: some jobs, the claims that workers hold or held, and everybody's next step in any order.

    A step names a job by its number, and a claim by how many came after it. All steps are one rule, since Hypothesis
    leaves about half of the rules out of each run, and then little happens.
    """

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner, self.database, self.model = runner, database, Model()
        self.ids = [new_job().id for _ in range(JOBS)]
        self.claims: list[Claim] = []
        self.begun_s, self.is_too_slow = monotonic_s(), False
        for statement in EMPTY:
            self.run(database.rows(statement))

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        self.model.now += TICK_S
        return self.runner.run(step)

    async def ask(self, verb: Any, *arguments: Any, **options: Any) -> Any:
        """Run a verb that takes a connection in a transaction of its own."""
        async with self.database.begin() as connection:
            return await verb(connection, *arguments, **options)

    @rule(step=steps)
    def step(self, step: tuple[str, dict[str, Any]]) -> None:
        if self.is_too_slow:  # no assume(): Hypothesis takes what depends on the time for a flaw of the test
            return
        try:
            self.do(step)
        except TooSlowError:
            self.is_too_slow = True

    def do(self, step: tuple[str, dict[str, Any]]) -> None:
        """Take a step and compare. Raises: TooSlowError when what was found may be the time that passed."""
        name, arguments = step
        try:
            getattr(self, name)(**arguments)
            self.check()
        except (AssertionError, DBAPIError):
            self.ensure_in_time()
            raise

    def ensure_in_time(self) -> None:
        if monotonic_s() - self.begun_s >= UNIT_S:
            raise TooSlowError

    # What callers do.

    @initialize(max_attempts=st.lists(st.integers(1, 4), min_size=JOBS, max_size=JOBS), deadline_s=deadlines_s)
    def submit_all(self, max_attempts: list[int], deadline_s: int) -> None:
        for job, budget in enumerate(max_attempts):
            self._submit(job, priority=5, max_attempts=budget, delay_s=0, deadline_s=deadline_s, direct=False)

    def submit(self, job: int, **given: Any) -> None:
        """Store a job that was removed, or is there: then nothing happens."""
        self._submit(job, max_attempts=2, **given)

    def _submit(self, job: int, **given: Any) -> None:
        job_id = self.ids[job]
        is_new = job_id in self.run(self.ask(insert_jobs, [new_job(id=job_id, **given).document]))
        assert is_new == self.model.submit(job_id, **given)

    def cancel(self, job: int, is_stranger: bool) -> None:
        moved = self.run(self.ask(commands.cancel, self._asker(is_stranger), self.ids[job]))
        assert (moved is not None) == (not is_stranger and self.model.cancel(self.ids[job]))

    def retry(self, job: int, is_stranger: bool) -> None:
        moved = self.run(self.ask(commands.retry, self._asker(is_stranger), self.ids[job]))
        assert (moved is not None) == (not is_stranger and self.model.retry(self.ids[job]))

    def remove(self, job: int, is_stranger: bool, being_cancelled: bool) -> None:
        owner_id = self._asker(is_stranger)
        removed = self.run(self.ask(commands.remove, owner_id, self.ids[job], being_cancelled=being_cancelled))
        assert removed == (not is_stranger and self.model.remove(self.ids[job], being_cancelled=being_cancelled))

    def _asker(self, is_stranger: bool) -> UUID:
        return uuid4() if is_stranger else SERVICE_OWNER_ID

    # What workers do: a message may come late, twice, or for a job that is gone.

    def claim(self, jobs: list[int], worker: str) -> None:
        self._claim([ClaimRequest(self.ids[job], uuid4()) for job in jobs], worker)

    def claim_again(self, claimed: list[int]) -> None:
        self._claim([ClaimRequest(one.id, one.token) for one in self._newest(claimed)], "w3")

    def _claim(self, wanted: list[ClaimRequest], worker: str) -> None:
        answers = self.run(claiming.claim(self.database, wanted, worker=worker, lease_s=LEASE_S))
        for job_id in {one.id for one in wanted}:
            won = [one for one in answers if one is not None and one.id == job_id]
            if self.model.is_claimable(job_id):
                assert len(won) == 1, "of several messages for a job one wins"
                assert won[0].attempt == self.model.claim(job_id, won[0].token, worker, LEASE_S)
            else:
                assert all(self._claimed(one) for one in won), "only a claim that is held already is answered again"
                assert len(won) == sum(self.model.is_held_by(job_id, one.token) for one in wanted if one.id == job_id)
        self.claims += [one for one in answers if one is not None]

    def _newest(self, numbers: list[int]) -> list[Claim]:
        """Return claims by how many came after them; of several with one token the newest."""
        found = [self.claims[-1 - number] for number in sorted(numbers, reverse=True) if number < len(self.claims)]
        return list({one.token: one for one in found}.values())

    def _claimed(self, one: Claim) -> ModelJob | None:
        return self.model.claimed(one.id, one.attempt, one.token)

    def beat(self, claimed: list[int], is_forged: bool) -> None:
        claims = self._forged(self._newest(claimed), is_forged)
        renewed = {one.id: job for one in claims if (job := self._claimed(one)) is not None}
        for job in renewed.values():
            job.lease_at = self.model.now + LEASE_S
        answer = self.run(claiming.beat(self.database, claims, lease_s=LEASE_S))
        assert answer == {job_id: job.is_asked_to_cancel for job_id, job in renewed.items()}

    def end(self, claimed: list[int], outcome: Completed | Retry | Failed | Released, is_forged: bool) -> None:
        claims = self._forged(self._newest(claimed), is_forged)
        ended = [
            attempt_end.ended(
                one,
                Completed({"attempt": one.attempt}) if isinstance(outcome, Completed) else outcome,
                AttemptUsage(prompt_tokens=1),
            )
            for one in claims
        ]
        expected = [self._end(one, outcome) for one in claims]
        assert self.run(attempt_end.write(self.database, ended)) == expected

    def _end(self, one: Claim, outcome: Completed | Retry | Failed | Released) -> str | None:
        job = self._claimed(one)
        match outcome:
            case Completed():
                if job is None:
                    return self.model.written(one.id, one.attempt, one.token)
                return self.model.finish(job, {"attempt": one.attempt})
            case _ if job is None:
                return None
            case Failed():
                return self.model.give_back(job, code=OOPS.code, retryable=False, delay_s=0, refund=0)
            case Retry() | Released():
                refund = int(isinstance(outcome, Released))
                return self.model.give_back(job, code=OOPS.code, retryable=True, delay_s=outcome.delay_s, refund=refund)

    def _forged(self, claims: list[Claim], is_forged: bool) -> list[Claim]:
        """Return the claims, or the same as somebody else would make them up."""
        return [replace(one, token=uuid4()) for one in claims] if is_forged else claims

    # What the scheduler does, and an operator.

    def cut_budget(self, job: int) -> None:
        """Leave a job no attempt beyond those it had, as an operator may by hand."""
        self.run(self.database.rows(CUT_BUDGET, {"id": self.ids[job]}))
        self.model.cut_budget(self.ids[job])

    def rescue(self, is_quiet: bool) -> None:
        taken = self.run(maintenance.rescue(self.database, lease_s=LONG_LEASE_S if is_quiet else NO_LEASE_S))
        assert {row.id for row in taken} == (set() if is_quiet else self.model.rescue())

    def expire(self) -> None:
        assert {row.id for row in self.run(maintenance.expire(self.database))} == self.model.expire()

    def prune(self, kept_s: int) -> None:
        assert set(self.run(maintenance.prune(self.database, kept_s=kept_s))) == self.model.prune(kept_s)

    def dispatch(self, priority: int, room: int) -> None:
        due = self.run(dispatching.take_due(self.database, QUEUE, priority, room=room))
        assert {one.id for one in due} == self.model.dispatch(priority, room)
        assert all(one.attempt == self.model.jobs[one.id].attempt + 1 for one in due)

    def unsend(self, jobs: list[int]) -> None:
        ids = [self.ids[job] for job in jobs]
        self.run(dispatching.unsend(self.database, ids))
        self.model.unsend(ids)

    def resend_lost(self) -> None:
        assert self.run(dispatching.resend_lost(self.database, QUEUE)) == self.model.resend(lost_only=True)

    def resend_all(self) -> None:
        assert self.run(dispatching.resend_all(self.database)) == self.model.resend(lost_only=False)

    def advance(self, by_s: int) -> None:
        for statement in ADVANCE:
            self.run(self.database.rows(statement, {"by": by_s}))
        self.model.now += by_s

    # What must be true after each of these.

    def check(self) -> None:
        rows = {row.id: row for row in self.run(self.database.rows(ROWS))}
        histories = {row.id: row.names for row in self.run(check_invariants(self.database, quiet=False))}
        assert histories == {job_id: job.history for job_id, job in self.model.jobs.items()}
        for job_id, job in self.model.jobs.items():
            for name in PLAIN:
                assert getattr(rows[job_id], name) == getattr(job, name), name
            for name in TIMED:
                stored, modelled = getattr(rows[job_id], name), getattr(job, name)
                assert (stored is None) == (modelled is None), name
                assert modelled is None or -UNIT_S < stored - (modelled - self.model.now) <= 0, name
