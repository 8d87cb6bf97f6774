"""Statements of the repository with one condition or change taken out, in the SQL that is sent to PostgreSQL."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.sql.expression import ClauseElement

from app.core.database import Database
from app.jobs.repository import attempt_end, claim, commands, dispatch, flow_control, maintenance, submit
from app.jobs.repository.sql import jobs
from app.jobs.states import Verb

ALWAYS, NEVER = r"(\g<0> OR TRUE)", r"(\g<0> AND FALSE)"
ATTEMPT, TOKEN = r"jobs\.attempt = \w+\.attempt", r"jobs\.claim_token = \w+\.token"
STATUS = r"(?:\(jobs\.status \|\| ''\)|jobs\.status) IN \([^)]*\)"
OWNER = r"jobs\.owner_id = coalesce\(\$\d+::UUID, jobs\.owner_id\)"
IS_ASKED_TO_CANCEL = r"jobs\.cancel_requested_at IS NOT NULL"
HISTORY, NO_LINE = r"(?<=\n)FROM moved(?=\))", r"\g<0> WHERE FALSE"
VERSION, SAME_VERSION = r"version=\(jobs\.version \+ ", r"\g<0> 0 * "
EXHAUSTED = r"jobs\.attempt - (?:jobs\.refunds|\(jobs\.refunds \+ \$\d+::INTEGER\)) >= jobs\.max_attempts"
CRASHED_OUT = r"jobs\.crashes \+ \$\d+::INTEGER >= jobs\.max_crashes"
IN_ORDER, ANY_ORDER = r" ORDER BY row\.id", ""
CLAIM, BEAT = claim._CLAIM, claim._BEAT
FINISH, FAIL, RELEASE = (attempt_end._STATEMENTS[verb] for verb in (Verb.FINISH, Verb.FAIL, Verb.RELEASE))
PRUNE = maintenance._PRUNE.returning(jobs.c.id)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit of one statement: what is found becomes `instead`, wherever it stands in it."""

    name: str
    statement: ClauseElement
    found: str
    instead: str

    @contextmanager
    def installed(self, database: Database) -> Iterator[list[str]]:
        """Edit the statement whenever this pool sends it; yields the edited texts.

        Asserts, once the block has ended, that it was sent and that each time there was something to edit: raised
        any earlier, it would look as if the mutant had been found out.
        """
        edited: list[str] = []
        missed: list[str] = []

        def edit(_connection: Any, _cursor: Any, sql: str, given: Any, context: Any, _many: bool) -> tuple[str, Any]:
            sent = context.invoked_statement
            if sent is not None and (sent is self.statement or self.statement.compare(sent)):
                before, sql = sql, re.sub(self.found, self.instead, sql)
                (missed if sql == before else edited).append(sql)
            return sql, given

        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", edit, retval=True)
        try:
            yield edited
        finally:
            event.remove(engine, "before_cursor_execute", edit)
        assert not missed, f"{self.name}: nothing to edit in {missed[0]}"
        assert edited, f"{self.name}: the statement was never sent"


# Each of these is to be found out on one connection.
ALONE = (
    Mutant("submit overwrites nothing", submit._INSERT, r"ON CONFLICT \(id\) DO NOTHING", ""),
    Mutant("submit writes history", submit._INSERT, HISTORY, NO_LINE),
    Mutant("claim looks at the status", CLAIM, STATUS, ALWAYS),
    Mutant("claim waits for run_at", CLAIM, r"jobs\.run_at <= now\(\)", ALWAYS),
    Mutant("claim ends at the deadline", CLAIM, r"jobs\.deadline_at > now\(\)", ALWAYS),
    Mutant("claim keeps the budget", CLAIM, r"jobs\.attempt - jobs\.refunds < jobs\.max_attempts", ALWAYS),
    Mutant("claim raises the attempt", CLAIM, r" attempt=\(jobs\.attempt \+ ", r"\g<0> 0 * "),
    Mutant("claim keeps its token", CLAIM, r"claim_token=requested\.token", "claim_token=gen_random_uuid()"),
    Mutant("claim writes history", CLAIM, HISTORY, NO_LINE),
    Mutant("claim raises the version", CLAIM, VERSION, SAME_VERSION),
    Mutant("beat is fenced by the attempt", BEAT, ATTEMPT, ALWAYS),
    Mutant("beat is fenced by the token", BEAT, TOKEN, ALWAYS),
    Mutant("beat looks at the status", BEAT, STATUS, ALWAYS),
    Mutant("finish is fenced by the attempt", FINISH, ATTEMPT, ALWAYS),
    Mutant("finish is fenced by the token", FINISH, TOKEN, ALWAYS),
    Mutant("finish looks at the status", FINISH, STATUS, ALWAYS),
    Mutant("finish obeys a cancel", FINISH, IS_ASKED_TO_CANCEL, NEVER),
    Mutant("finish writes history", FINISH, HISTORY, NO_LINE),
    Mutant("a repeated finish is fenced", attempt_end._WRITTEN, f"{ATTEMPT} AND {TOKEN}", ALWAYS),
    Mutant("fail is fenced by the attempt", FAIL, ATTEMPT, ALWAYS),
    Mutant("fail is fenced by the token", FAIL, TOKEN, ALWAYS),
    Mutant("fail looks at the status", FAIL, STATUS, ALWAYS),
    Mutant("fail keeps the budget", FAIL, EXHAUSTED, NEVER),
    Mutant("fail keeps the deadline", FAIL, r" >= jobs\.deadline_at", r" >= jobs.deadline_at + interval '1 year'"),
    Mutant("fail obeys a cancel", FAIL, IS_ASKED_TO_CANCEL, NEVER),
    Mutant("release is fenced by the attempt", RELEASE, ATTEMPT, ALWAYS),
    Mutant("release refunds", RELEASE, r"refunds=\(jobs\.refunds \+ ", r"\g<0> 0 * "),
    Mutant("cancel looks at the owner", commands._CANCEL, OWNER, ALWAYS),
    Mutant("cancel looks at the status", commands._CANCEL, STATUS, ALWAYS),
    Mutant("cancel asks once", commands._CANCEL, r"jobs\.cancel_requested_at IS NULL", ALWAYS),
    Mutant("cancel writes history", commands._CANCEL, HISTORY, NO_LINE),
    Mutant("retry looks at the owner", commands._RETRY, OWNER, ALWAYS),
    Mutant("retry looks at the status", commands._RETRY, STATUS, ALWAYS),
    Mutant("retry gives the budget again", commands._RETRY, r"refunds=jobs\.attempt", "refunds=jobs.refunds"),
    Mutant("remove looks at the owner", commands._DELETE, OWNER, ALWAYS),
    Mutant("remove looks at the status", commands._DELETE, STATUS, ALWAYS),
    Mutant("rescue looks at the lease", maintenance._RESCUE, r"jobs\.lease_expires_at < now\(\)", ALWAYS),
    Mutant(
        "rescue looks at the deadline",
        maintenance._RESCUE,
        r"jobs\.deadline_at < now\(\)",
        r"\g<0> - interval '1 year'",
    ),
    Mutant("rescue keeps quiet after a start", maintenance._RESCUE, r"(?<=start_time\(\)) < now\(\) - ", " < now() + "),
    Mutant("rescue keeps the budget", maintenance._RESCUE, CRASHED_OUT, NEVER),
    Mutant("rescue counts a crash", maintenance._RESCUE, r" crashes=\(jobs\.crashes \+ ", r"\g<0> 0 * "),
    Mutant("rescue refunds", maintenance._RESCUE, r"refunds=\(jobs\.refunds \+ ", r"\g<0> 0 * "),
    Mutant("retry forgets crashes", commands._RETRY, r" crashes=(\$\d+::INTEGER)", r" crashes=(jobs.crashes + 0 * \1)"),
    Mutant("rescue obeys a cancel", maintenance._RESCUE, IS_ASKED_TO_CANCEL, NEVER),
    Mutant(
        "rescue takes the token away",
        maintenance._RESCUE,
        r"claim_token=(\$\d+::UUID)",
        r"claim_token=coalesce(\1, jobs.claim_token)",
    ),
    Mutant("expire looks at the status", maintenance._EXPIRE, STATUS, ALWAYS),
    Mutant("expire looks at the deadline", maintenance._EXPIRE, r"jobs\.deadline_at <= now\(\)", ALWAYS),
    Mutant("prune looks at the age", PRUNE, r"(?<=finished_at) < now\(\) - ", " < now() + "),
    Mutant(
        "prune leaves open jobs",
        PRUNE,
        r"jobs\.finished_at IS NOT NULL AND jobs\.finished_at < ",
        r"coalesce(jobs.finished_at, '-infinity') < ",
    ),
    Mutant("dispatch waits for run_at", dispatch._DISPATCH, r"jobs\.run_at <= now\(\)", ALWAYS),
    Mutant("dispatch sends once", dispatch._DISPATCH, r"jobs\.dispatch_at <= now\(\)", ALWAYS),
    Mutant("dispatch looks at the status", dispatch._DISPATCH, STATUS, ALWAYS),
    Mutant("dispatch looks at the priority", dispatch._DISPATCH, r"jobs\.priority = \$\d+::SMALLINT", ALWAYS),
    Mutant(
        "dispatch sends the oldest first",
        dispatch._DISPATCH,
        r"ORDER BY jobs\.queued_at, jobs\.id",
        "ORDER BY jobs.id DESC",
    ),
    Mutant("unsend looks at the status", dispatch._UNSEND, STATUS, ALWAYS),
    Mutant("what is resent was sent long ago", dispatch._RESEND_LOST, r" < now\(\) - ", r" < now() + 0 * "),
)
# Each of these needs several connections at once.
LOCKING = {
    "claim": Mutant("claims lock in order", CLAIM, IN_ORDER, ANY_ORDER),
    "beat": Mutant("beats lock in order", BEAT, IN_ORDER, ANY_ORDER),
    "finish": Mutant("finishes lock in order", FINISH, IN_ORDER, ANY_ORDER),
    "fail": Mutant("failures lock in order", FAIL, IN_ORDER, ANY_ORDER),
    "dispatch": Mutant("dispatch skips what another has", dispatch._DISPATCH, r"FOR UPDATE SKIP LOCKED", ""),
}
# These are about refusals of a provider, which the walk does not play.
REFUSALS = {
    "release": Mutant("release counts a refusal", RELEASE, r"refusals=\(jobs\.refusals \+ ", r"\g<0> 0 * "),
    "fail": Mutant("fail counts a refusal", FAIL, r"refusals=\(jobs\.refusals \+ ", r"\g<0> 0 * "),
    "reason": Mutant("a deadline hides no refusal", RELEASE, r"\w+\.refused = \$\d+::INTEGER", ALWAYS),
    "expire": Mutant("expire tells who was refused", maintenance._EXPIRE, r"jobs\.refusals > \$\d+::INTEGER", ALWAYS),
    "expire by code": Mutant(
        "expire looks at the last error", maintenance._EXPIRE, r"jobs\.error_code = \$\d+::VARCHAR", ALWAYS
    ),
    "retry": Mutant(
        "retry forgets refusals", commands._RETRY, r"refusals=(\$\d+::INTEGER)", r"refusals=jobs.refusals + \1"
    ),
}
# These are about pauses and limits.
UNCONTROLLED = r"NOT \(EXISTS \(SELECT flow_controls\.name \nFROM flow_controls \nWHERE [^()]*\)\)"
CONTROLS = {
    "claim": Mutant("claim leaves what is controlled", CLAIM, UNCONTROLLED, ALWAYS),
    "lock": Mutant("those under one limit take turns", flow_control._LOCKED, r" FOR UPDATE$", ""),
    "count": Mutant("a lost lease holds no place", flow_control._RUNNING, r"jobs\.lease_expires_at > now\(\)", ALWAYS),
    "refuse": Mutant(
        "what is refused comes back", claim._REFUSE, r"dispatch_at=\(now\(\) \+ ", "dispatch_at=(now() + 0 * "
    ),
    "resume": Mutant(
        "a resume sends at once",
        flow_control._SEND_NOW[flow_control.Scope.QUEUE],
        r"jobs\.dispatch_at > now\(\)",
        NEVER,
    ),
}
