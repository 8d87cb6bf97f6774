"""What a breaker should do, in plain Python: the reference that the scripts are compared with."""

from dataclasses import dataclass, field

from app.governor.scripts import BreakerRules


@dataclass
class BreakerModel:
    """One provider's breaker. `trying`: calls that test a provider in doubt, and when each is given up."""

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

    def admit(self, call: str) -> str:
        """Return the word for one more call, which then is on its way where the word lets it through."""
        word = self._word()
        if word in {"probe", "trial"}:
            self.trying[call] = self.now_s + self.rules.probe_s
        if word == "probe":
            self.state, self.probe = "half_open", call
        return word

    def _word(self) -> str:
        if self.is_forced:
            return "forced"
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
