"""Who stands behind a credential, remembered for a few seconds while this process hears of every revocation.

Who may not be heard of is not remembered: without a line to Redis that was just proven, each request asks PostgreSQL.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from uuid import UUID

from app.auth.caller import RIGHTS, SEES_ALL, Caller, Right, Role
from app.core.clock import monotonic_s

KEPT_S = 5.0
REFUSED_S = 1.0  # for so long a credential that opened nothing is not looked up again
MOST_KEPT = 10_000
PROOF_S = 0.9  # for so long after it was sent a question counts whose answer came back over the line
_NEVER_S = float("-inf")
_ACROSS_TEAMS = frozenset({Right.OPERATE, Right.ADMIN})

LookUp = Callable[[], "Awaitable[Principal | None]"]


@dataclass(frozen=True, slots=True)
class Holder:
    """What is asked of a user at each request. `version`: the tokens and sessions of any other are refused.

    `hiding` are those of his teams that hide payloads from their viewers; `requests_per_hour` as a Caller has it.
    """

    id: UUID
    name: str
    role: Role
    version: int
    teams: Collection[UUID]
    hiding: Collection[UUID] = ()
    requests_per_hour: int | None = None

    @property
    def blind_in(self) -> frozenset[UUID]:
        """The teams whose payloads he does not see."""
        return frozenset(self.hiding) if self.role is Role.VIEWER else frozenset()


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose credential was good a moment ago, the teams that he may act for, and where he sees no payloads.

    `chosen`: the team that his session acts for, where a request names none; None for his own.
    """

    caller: Caller
    teams: frozenset[UUID]
    version: int = 0
    blind_in: frozenset[UUID] = frozenset()
    chosen: UUID | None = None

    def choosing(self, team_id: UUID) -> "Principal":
        """Return this one with the team that a session keeps; with his own, where he may not act for that any more."""
        may = team_id in self.teams or self.caller.sees is None
        return replace(self, chosen=team_id if may and team_id != self.caller.user_id else None)

    def of_team(self, team_id: UUID) -> Caller:
        """Return the caller for another of his teams, which he sees alone then."""
        return replace(self.caller, owner_id=team_id, is_narrowed=True, is_blind=team_id in self.blind_in)


def of_user(holder: Holder) -> Principal:
    """Return a user who acts himself: for his own team, unless a request names another."""
    rights = RIGHTS[holder.role]
    blind_in = holder.blind_in
    caller = Caller(
        holder.id,
        holder.name,
        role=holder.role,
        rights=rights,
        user_id=holder.id,
        is_blind=holder.id in blind_in,
        requests_per_hour=holder.requests_per_hour,
    )
    return Principal(caller, frozenset(holder.teams), holder.version, blind_in)


def of_key(
    holder: Holder,
    *,
    key_id: str,
    team_id: UUID,
    scopes: Collection[str],
    models: Collection[str] | None,
    job_types: Collection[str] | None,
    requests_per_hour: int | None = None,
) -> Principal | None:
    """Return a user who acts through a key, None when he may not act for its team any more.

    It can what both the key and the user's role allow now. It sees the jobs of all teams only with a right to operate.
    """
    if team_id not in holder.teams and holder.role not in SEES_ALL:
        return None
    rights = RIGHTS[holder.role] & {Right(one) for one in scopes}
    caller = Caller(
        team_id,
        holder.name,
        role=holder.role,
        rights=rights,
        user_id=holder.id,
        is_narrowed=not rights & _ACROSS_TEAMS,
        is_blind=team_id in holder.blind_in,
        key_id=key_id,
        models=None if models is None else frozenset(models),
        job_types=None if job_types is None else frozenset(job_types),
        requests_per_hour=holder.requests_per_hour,
        key_requests_per_hour=requests_per_hour,
    )
    return Principal(caller, frozenset({team_id}), holder.version, holder.blind_in)


def digest_of(credential: str) -> bytes:
    """Return under what a credential is remembered, so that no process keeps one."""
    return hashlib.sha256(credential.encode("utf-8", "replace")).digest()


class Principals:
    """Those whom one process remembers; only looking one up waits for anything."""

    def __init__(self, clock: Callable[[], float] = monotonic_s) -> None:
        """Remember nobody."""
        self._clock = clock
        self._found: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()
        self._refused_at_s: OrderedDict[bytes, float] = OrderedDict()
        self._drops = 0
        self._proven_at_s = _NEVER_S

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is remembered who would still be used."""
        newest = next(reversed(self._found.values()), None)
        return newest is not None and self._clock() - newest[1] <= KEPT_S

    def prove(self, asked_at_s: float) -> None:
        """Note that all revocations before a time have been heard of, since the line was opened."""
        if self._proven_at_s == _NEVER_S:
            self.doubt()  # whoever was looked up before
        self._proven_at_s = asked_at_s

    def doubt(self) -> None:
        """Use nothing until a line is proven again, and forget what may have been revoked meanwhile."""
        self._proven_at_s = _NEVER_S
        self._found.clear()
        self._refused_at_s.clear()
        self._drops += 1

    async def find(self, digest: bytes, look_up: LookUp) -> Principal | None:
        """Return who stands behind a credential: remembered, or looked up; one that opened nothing once a second."""
        now_s = self._clock()
        if now_s - self._proven_at_s <= PROOF_S:
            entry = self._found.get(digest)
            if entry is not None and now_s - entry[1] <= KEPT_S:
                return entry[0]
        if now_s - self._refused_at_s.get(digest, _NEVER_S) < REFUSED_S:
            return None
        drops = self._drops
        principal = await look_up()
        if principal is None and drops == self._drops:
            self._refused_at_s[digest] = now_s
            while len(self._refused_at_s) > MOST_KEPT:
                self._refused_at_s.popitem(last=False)
        if principal is not None and drops == self._drops:  # else it may have been read before a revocation
            self._found[digest] = (principal, now_s)
            self._found.move_to_end(digest)
            while len(self._found) > MOST_KEPT:
                self._found.popitem(last=False)
        return principal

    def drop(self, user_id: UUID) -> None:
        """Forget all that a user may be remembered by, and what was refused: it may be his, and open something now."""
        self._drops += 1
        self._refused_at_s.clear()
        for digest in [one for one, (found, _) in self._found.items() if found.caller.user_id == user_id]:
            del self._found[digest]
