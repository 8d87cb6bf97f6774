"""Who is signed in to the played API, and what administrators keep: users, teams, keys, sessions, the audit log."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.auth.caller import RIGHTS, SERVICE_OWNER_ID, Role
from app.core.clock import utc_now
from tests.browser.played_job import Json
from tests.browser.refused import RefusedError

SERVICE, ADA, GRACE, LINUS, RESEARCH = (
    str(SERVICE_OWNER_ID),
    *(str(UUID(int=(0x019AB2 << 104) | (7 << 76) | (2 << 62) | number)) for number in range(1, 5)),
)
PASSWORD = "the mill stood still"
PATH = re.compile(r"/(admin/users|admin/teams|admin/audit|admin/sessions|auth|keys|session/team)(/.*)?")
_DAY_S = 86_400


def _ago(seconds: float) -> str:
    return (utc_now() - timedelta(seconds=seconds)).isoformat()


def _user(id_: str, name: str, role: Role, email: str | None, *, seen_s: float | None = 60) -> Json:
    seen = None if seen_s is None else _ago(seen_s)
    of_service = {"is_service": id_ == SERVICE, "is_active": True, "created_at": _ago(40 * _DAY_S)}
    return {"id": id_, "name": name, "role": role.value, "email": email, "last_seen_at": seen, **of_service}


def _key(id_: str, user_id: str, description: str, scopes: list[str], **extra: Any) -> Json:
    unset = dict.fromkeys(("models", "job_types", "last_used_at", "revoked_at", "rotated_to"))
    times = {"created_at": _ago(9 * _DAY_S), "expires_at": _ago(-81 * _DAY_S), "is_active": True}
    told = {"id": id_, "prefix": f"hr_live_{id_}", "user_id": user_id, "team_id": user_id}
    return {**told, "description": description, "scopes": scopes, **unset, **times, **extra}


@dataclass
class PlayedPeople:
    """Ada is signed in, as an administrator unless `role` says otherwise; `hides` is what her own team does.

    `chosen` is the team that she acts for, as long as she may.
    """

    role: Role = Role.ADMIN
    hides: bool = False
    chosen: str = ADA
    users: list[Json] = field(init=False)
    teams: list[Json] = field(init=False)
    members: dict[str, list[str]] = field(init=False)
    keys: list[Json] = field(init=False)
    sessions: list[Json] = field(init=False)
    lines: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with a few of each."""
        self.users = [
            _user(LINUS, "Linus", Role.MEMBER, "linus@example.org", seen_s=None) | {"is_active": False},
            _user(GRACE, "Grace of the night shift", Role.OPERATOR, "grace@a-rather-long-domain.example.org"),
            _user(ADA, "Ada", self.role, "ada@example.org", seen_s=3),
            _user(SERVICE, "service", Role.ADMIN, None),
        ]
        self.teams = [self._team(RESEARCH, "Research")] + [self._team(one["id"], one["name"]) for one in self.users]
        self.members = {one["id"]: [one["id"]] for one in self.users} | {RESEARCH: [ADA, GRACE]}
        self.keys = [
            _key("aB3dE5fG", ADA, "nightly import", ["jobs:read", "jobs:write"], last_used_at=_ago(400)),
            _key("hI7jK9lM", ADA, "notebook", ["jobs:read"], job_types=["echo", "classify"], models=["default"]),
            _key("nO1pQ3rS", ADA, "before", ["jobs:read"], rotated_to="hI7jK9lM", expires_at=_ago(-3600)),
            _key("tU5vW7xY", GRACE, "dashboard", ["jobs:read"], is_active=False, revoked_at=_ago(_DAY_S)),
            _key("zA9bC1dE", GRACE, "last year's", ["jobs:read"], is_active=False, expires_at=_ago(5 * _DAY_S)),
        ]
        places = (("203.0.113.9", 60, True), ("2001:db8::17", 7200, False), ("198.51.100.4", 30_000, False))
        self.sessions = [
            {"id": str(UUID(int=at)), "address": place, "opened_at": _ago(at), "is_current": is_current}
            | {"expires_at": _ago(at - 43_200)}
            for place, at, is_current in places
        ]
        for number in range(70):
            self._record("key.create" if number % 3 else "user.update", f"key:{number:08}", {"before": {"role": "x"}})

    def _team(self, id_: str, name: str) -> Json:
        is_own = any(one["id"] == id_ for one in self.users)
        return {"id": id_, "name": name, "hides_payloads": False, "is_personal": is_own, "created_at": _ago(_DAY_S)}

    def _record(self, action: str, target: str, detail: Json | None = None) -> None:
        number = len(self.lines) + 1
        who = {"actor": "ada@example.org" if number % 5 else "service", "user_id": ADA, "key_id": None}
        where = {"address": "203.0.113.9", "agent": "Mozilla/5.0", "request_id": f"req-{number}", "at": utc_now()}
        where["at"] = _ago(0 if number > 70 else 5000 - number)
        self.lines.insert(0, {"id": number, "action": action, "target": target, "detail": detail, **who, **where})

    @property
    def _operates(self) -> bool:
        return self.role in {Role.ADMIN, Role.OPERATOR}

    @property
    def team_id(self) -> str:
        """The team that Ada acts for."""
        return self.chosen if self._operates or ADA in self.members[self.chosen] else ADA

    @property
    def sees_all(self) -> bool:
        """Whether Ada sees the jobs of all teams."""
        return self._operates and self.team_id == ADA

    def me(self) -> Json:
        """Return what GET /auth/me would."""
        ada = self._of("user", self.users, ADA)
        own = [one | {"hides_payloads": self.hides or one["hides_payloads"]} for one in self.teams if one["id"] == ADA]
        is_shown = {one: ADA in members or one == self.team_id for one, members in self.members.items()}
        teams = own + [one for one in self.teams if is_shown[one["id"]] and one["id"] != ADA]
        shown = [{name: one[name] for name in ("id", "name", "hides_payloads")} for one in teams]
        return {
            "user_id": ADA,
            "name": ada["name"],
            "email": ada["email"],
            "role": self.role.value,
            "rights": sorted(RIGHTS[self.role]),
            "team_id": self.team_id,
            "sees_all_teams": self.sees_all,
            "teams": shown,
            "key_id": None,
        }

    def answer(self, method: str, path: str, *, query: Json, body: Json, team: str | None) -> tuple[int, Any]:
        """Answer one of the paths of PATH. Raises: RefusedError."""
        parts = path.strip("/").split("/")
        if parts[0] == "admin" and self.role is not Role.ADMIN:
            raise RefusedError(403, "insufficient_scope", "This needs the right admin.")
        rooms: dict[str, Callable[[], tuple[int, Any]]] = {
            "users": lambda: self._users(method, parts[2:], query, body),
            "teams": lambda: self._teams(method, parts[2:], body),
            "audit": lambda: (200, self._page(self._lines(query), query)),
            "keys": lambda: self._keys(method, parts[1:], query, body, team),
            "auth": lambda: self._account(method, parts[1:], body),
            "session": lambda: self._choose(body["team_id"]),
        }
        return rooms[parts[1] if parts[0] == "admin" else parts[0]]()

    def _lines(self, query: Json) -> list[Json]:
        wanted = {name: query[name] for name in ("actor", "action") if name in query}
        return [line for line in self.lines if wanted.items() <= line.items()]

    def _account(self, method: str, parts: list[str], body: Json) -> tuple[int, Any]:
        if parts == ["me"]:
            return 200, self.me()
        if parts[0] == "password" and body["current"] != PASSWORD:
            raise _fault("current", "this is not the password")
        if parts[0] != "sessions":
            return 204, None
        if method == "GET":
            return 200, {"items": self.sessions}
        ended = [one for one in self.sessions if one["id"] in parts or (len(parts) == 1 and not one["is_current"])]
        self.sessions = [one for one in self.sessions if one not in ended]
        return (204, None) if len(parts) > 1 else (200, {"ended": len(ended)})

    def _choose(self, team_id: str) -> tuple[int, Any]:
        if not self._operates and ADA not in self.members[team_id]:
            raise RefusedError(404, "team_not_found", f"There is no team {team_id!r} that you may act for.")
        self.chosen = team_id
        return 204, None

    def _users(self, method: str, parts: list[str], query: Json, body: Json) -> tuple[int, Any]:
        if method == "GET" and not parts:
            return 200, self._page([one for one in self.users if query.get("email") in {None, one["email"]}], query)
        if not parts:
            if "@" not in body["email"]:
                raise _fault("email", "this is no e-mail address")
            made = _user(str(UUID(int=len(self.users))), body["name"], Role(body["role"]), body["email"], seen_s=None)
            self.users.insert(0, made)
            return 201, made
        user = self._of("user", self.users, parts[0])
        if method == "DELETE":
            self._record("user.sign_out", f"user:{user['id']}")
            return 204, None
        if user["id"] == ADA and body.get("role"):
            raise RefusedError(409, "last_administrator", "This is the last active administrator.")
        user |= {name: value for name, value in body.items() if value is not None and name != "password"}
        return 200, user

    def _teams(self, method: str, parts: list[str], body: Json) -> tuple[int, Any]:
        counted = [one | {"members": len(self.members[one["id"]])} for one in self.teams]
        if method == "GET" and not parts:
            return 200, self._page(counted, {})
        if not parts:
            if not body["name"]:
                raise _fault("name", "give at least 1 character")
            made = self._team(str(UUID(int=len(self.teams))), body["name"]) | body
            self.teams.insert(0, made)
            self.members[made["id"]] = []
            return 201, made | {"members": 0}
        team = self._of("team", self.teams, parts[0])
        members = self.members[team["id"]]
        if len(parts) == 3:
            members[:] = [one for one in members if one != parts[2]] + ([parts[2]] if method == "PUT" else [])
            return 204, None
        if len(parts) == 2:
            of_team = [one | {"user_id": one["id"]} for one in self.users if one["id"] in members]
            return 200, {"items": of_team}
        team |= body if method == "PATCH" else {}
        return 200, team | {"members": len(members)}

    def _keys(self, method: str, parts: list[str], query: Json, body: Json, team: str | None) -> tuple[int, Any]:
        if method == "GET":
            return 200, self._page([one for one in self.keys if query.get("user_id") in {None, one["user_id"]}], query)
        if not parts and not body["description"]:
            raise _fault("description", "give at least 1 character")
        now = utc_now()
        if not parts or parts[-1] == "rotate":
            old = self._of("key", self.keys, parts[0]) if parts else {"user_id": ADA, "scopes": body["scopes"], **body}
            made = _key(f"new{len(self.keys):05}", ADA, old["description"], old["scopes"])
            made |= {"team_id": team or ADA, "created_at": now.isoformat(), "job_types": old["job_types"]}
            made["expires_at"] = (now + timedelta(days=body["expires_in_days"])).isoformat()
            self.keys.insert(0, made)
            if parts:
                overlap = now + timedelta(hours=body["overlap_hours"])
                old |= {"rotated_to": made["id"], "expires_at": overlap.isoformat()}
            return 201, made | {"key": f"{made['prefix']}_{'s3cr3t' * 6}"}
        key = self._of("key", self.keys, parts[0])
        is_back = parts[-1] == "restore"
        key |= {"revoked_at": None if is_back else now.isoformat(), "is_active": is_back}
        return (200, key) if is_back else (204, None)

    @staticmethod
    def _page(items: list[Json], query: Json) -> Json:
        start, size = int(query.get("cursor", 0)), int(query.get("limit", 25))
        more = str(start + size) if len(items) > start + size else None
        return {"items": items[start : start + size], "next_cursor": more}

    @staticmethod
    def _of(kind: str, items: list[Json], id_: str) -> Json:
        found = next((one for one in items if one["id"] == id_), None)
        if found is None:
            raise RefusedError(404, f"{kind}_not_found", f"There is no {kind} {id_}.")
        return found


def _fault(field_: str, detail: str) -> RefusedError:
    return RefusedError(422, "invalid_request", f"#/{field_}: {detail}", [{"pointer": f"#/{field_}", "detail": detail}])
