"""How long a service that died waits before it is started again."""

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


def next_pause_s(previous_s: float | None, *, lived_s: float) -> float:
    """Return the pause before the next start: 0.5 s, doubled each time up to 30 s, small again after a steady minute.

    `previous_s` is None before the first pause.
    """
    if previous_s is None or lived_s >= STEADY_AFTER_S:
        return FIRST_PAUSE_S
    return min(previous_s * 2, LONGEST_PAUSE_S)
