"""The moment of a race, found on the machine that runs it: what is close here and now is luck anywhere else."""

from dataclasses import dataclass

STEPS = 50  # of the first guess; small, since many who race at once all use one aim


@dataclass(slots=True)
class Aim:
    """When to do one thing so that it races another that was begun before: about half of the times it comes first.

    `after_s`: seconds from that beginning; below zero, the other thing has to take that much longer instead. Every race
    moves it by a step: later when it was early, sooner when it was late. Where nothing changes but that, again and
    again, the steps grow, so that a machine that has become much slower or faster is followed.
    """

    after_s: float
    at_once: int
    step_s: float
    in_a_row: int = 0
    was_early: bool | None = None

    @classmethod
    def at(cls, after_s: float, *, at_once: int) -> "Aim":
        """Begin at a guess, for races of which so many run at once."""
        return cls(after_s, at_once, max(after_s / STEPS, 0.001))

    def note(self, *, early: bool) -> None:
        """Learn from one race whether it was early."""
        self.in_a_row = self.in_a_row + 1 if early is self.was_early else 0
        self.was_early = early
        step_s = self.step_s * (1 + self.in_a_row // self.at_once)
        self.after_s += step_s if early else -step_s
