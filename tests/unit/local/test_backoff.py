from app.local.backoff import next_pause_s


def test_the_pause_doubles_up_to_half_a_minute() -> None:
    pauses, pause = [], None
    for _ in range(8):
        pause = next_pause_s(pause, lived_s=1)
        pauses.append(pause)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_minute_of_life_makes_it_short_again() -> None:
    assert next_pause_s(30, lived_s=59.9) == 30
    assert next_pause_s(30, lived_s=60) == 0.5
