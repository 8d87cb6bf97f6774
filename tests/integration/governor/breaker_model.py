"""What breakers should do, in plain Python: the reference that the scripts are compared with."""

from dataclasses import dataclass, field

from app.governor.limiter.scripts import BreakerRules, Scope


@dataclass
class BreakerModel:
    """One breaker. `trying`: calls that test it while it is in doubt, and when each is given up."""

    rules: BreakerRules
    now_s: float = 0.0
    is_forced: bool = False
    state: str = "closed"
    open_until_s: float = 0.0
    cooldown_s: float = 0.0
    probe: str = ""
    trying: dict[str, float] = field(default_factory=dict)
    streak: int = 0
    streak_since_s: float = 0.0
    ok: int = 0
    bad: int = 0
    window_since_s: float = -1e9
    failures: int = 0

    def enter(self, call: str) -> str:
        """Let a call through that its word allows; return that word."""
        word = self.word()
        if word in {"probe", "trial"}:
            self.trying[call] = self.now_s + self.rules.probe_s
        if word == "probe":
            self.state, self.probe = "half_open", call
        return word

    def word(self) -> str:
        if self.is_forced:
            return "forced_open"
        if self.state == "open" and self.now_s < self.open_until_s:
            return "open"
        self.trying = {call: until_s for call, until_s in self.trying.items() if until_s > self.now_s}
        if self.state != "closed":
            return "half_open" if self.trying else "probe"
        if not self.streak:
            return "closed"
        return "trial" if len(self.trying) < self.rules.failures - self.streak else "doubted"

    def settle(self, call: str, result: str) -> str:
        """Hear how a call ended; return the change that it brought."""
        self.trying.pop(call, None)
        if result == "neutral":
            return ""
        is_fault = result == "fault"
        self.failures = self.failures + 1 if is_fault else 0
        if self.state == "half_open":
            return self._probed(is_fault=is_fault) if call == self.probe else ""
        return self._counted(is_fault=is_fault) if self.state == "closed" else ""

    def _probed(self, *, is_fault: bool) -> str:
        if is_fault:
            self._open(min(self.rules.longest_s, max(self.rules.cooldown_s, 2 * self.cooldown_s)))
            return "reopened"
        self.close()
        return "closed"

    def _counted(self, *, is_fault: bool) -> str:
        if self.now_s - self.window_since_s > self.rules.window_s:
            self.ok = self.bad = 0
            self.window_since_s = self.now_s
        if not is_fault:
            self.ok += 1
            if self.streak:
                self.trying = {}
            self.streak = 0
            return ""
        if not self.streak or self.now_s - self.streak_since_s > self.rules.window_s:
            self.streak, self.streak_since_s = 0, self.now_s
        self.streak += 1
        self.bad += 1
        calls = self.ok + self.bad
        many = calls >= self.rules.least_calls and self.bad / calls >= self.rules.ratio
        if self.streak < self.rules.failures and not many:
            return ""
        self._open(self.rules.cooldown_s)
        return "opened"

    def _open(self, seconds: float) -> None:
        self.state, self.cooldown_s, self.open_until_s = "open", seconds, self.now_s + seconds
        self.streak = self.ok = self.bad = 0
        self.probe, self.trying = "", {}

    def close(self) -> None:
        """Close it, whoever opened it."""
        self.state, self.cooldown_s, self.probe, self.trying = "closed", 0.0, "", {}
        self.streak = self.ok = self.bad = 0


STRICTNESS = ["closed", "trial", "probe", "doubted", "half_open", "open", "forced_open"]


@dataclass
class TwoLevels:
    """Two models of one provider: a breaker for each, and one before both."""

    rules: BreakerRules
    whole: BreakerModel = field(init=False)
    own: dict[str, BreakerModel] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with all of them closed."""
        self.whole = BreakerModel(self.rules)
        self.own = {name: BreakerModel(self.rules) for name in ("m", "n")}

    @property
    def all(self) -> list[BreakerModel]:
        """Every breaker."""
        return [self.whole, *self.own.values()]

    def at(self, now_s: float) -> None:
        """Turn the clock."""
        for one in self.all:
            one.now_s = now_s

    def word(self, model: str) -> str:
        """Return the word of the stricter breaker."""
        return max(self.whole.word(), self.own[model].word(), key=STRICTNESS.index)

    def admit(self, model: str, call: str) -> tuple[str, set[Scope]]:
        """Return the word for one more call of a model, and which breakers it decides as a probe."""
        word = self.word(model)
        probes: set[Scope] = set()
        levels: tuple[tuple[Scope, BreakerModel], ...] = (("model", self.own[model]), ("provider", self.whole))
        if STRICTNESS.index(word) <= STRICTNESS.index("probe"):
            for scope, one in levels:
                if one.enter(call) == "probe":
                    probes.add(scope)
        return word, probes

    def settle(self, model: str, call: str, result: str, scope: str) -> list[tuple[str | None, str]]:
        """Hear how a call ended; return the changes that it brought: whose, and which."""
        changes = [
            (name, one.settle(call, "neutral" if result == "fault" and scope != whose else result))
            for name, whose, one in ((model, "model", self.own[model]), (None, "provider", self.whole))
        ]
        return [(name, change) for name, change in changes if change]
