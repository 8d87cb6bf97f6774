"""What authentication costs, by the figures of one run."""

from typing import Any

import pytest

from load_test.bench_auth import KEY, LIMITED, STUBBED, aims

SIGN_INS = {"known": 20.4, "unknown": 20.0, "slowest_health_ms": 150.0, "sign_ins_per_s": 60.0}


def rounds(*cpu_us: float) -> list[dict[str, Any]]:
    return [{"cpu_us": one, "per_s": 1.0, "p99_ms": 1.0} for one in cpu_us]


def test_each_round_is_compared_with_its_own_stubbed_one() -> None:
    figures = {
        STUBBED: rounds(200, 400, 100),  # the machine was busy in the second round
        KEY: rounds(220, 440, 110),
        LIMITED: rounds(240, 400, 120),
        "sign-ins": SIGN_INS,
    }
    found = {name: value for name, (value, _) in aims(figures).items()}
    assert list(found.values()) == pytest.approx([1.1, 1.2, 0.02, 150.0])
    missed = [value for value, most in aims(figures).values() if value > most]
    assert missed == pytest.approx([1.2])
