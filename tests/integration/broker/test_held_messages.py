"""The two scripts do what they must, and each line of them is needed."""

import re
from pathlib import Path

import pytest

from app.core import held_messages
from app.core.broker_messages import list_key
from app.core.held_messages import MOST_AT_ONCE, HeldMessages
from tests.integration.broker.checks import EXCHANGE, RESTORE, Check
from tests.rig.held import KEYS, Broker, lists, take

LUA = Path(held_messages.__file__).with_name("lua")
CHECKS = {"exchange": EXCHANGE, "restore": RESTORE}
# In which script, what is found, and what stands there instead.
MUTANTS = {
    "an ack is taken off the index": ("exchange", r"redis.call\('ZREM', index", "redis.call('ZREM', index .. 'x'"),
    "an ack is taken off the hash": ("exchange", r"redis.call\('HDEL', held", "redis.call('HDEL', held .. 'x'"),
    "what is taken is recorded": ("exchange", r"record\(tag, '\['.*\)\n", "\n"),
    "what BRPOP took is recorded": ("exchange", r"record\(ARGV\[at\], ARGV\[at \+ 1\]\)", ""),
    "the time is the server's": ("exchange", r"string.format\('%d.%06d', time\[1\], time\[2\]\)", "'1'"),
    "an answer that arrived is not repeated": ("exchange", r" >= lost then", " >= 0 then"),
    "a lost answer is looked for": ("exchange", r"if lost > 0", "if false"),
    "of a lost answer only what is held": ("exchange", r"if text then", "if true then text = text or '[{},0,0]'"),
    "a lost answer's messages are remembered": ("exchange", r"(?<=again \+ 1\] = text\n) +tags.*\n", "\n"),
    "a lost answer's messages take room": ("exchange", r"room = room - #again", ""),
    "no more than there is room for": ("exchange", r"room = room - 1\n", "\n"),
    "a wrong list is passed over": ("exchange", r"redis.pcall\('RPOP'", "redis.call('RPOP'"),
    "oldest first": ("exchange", r"'RPOP'", "'LPOP'"),
    "the queue is the list's": ("exchange", r"first_end \+ at - 3", "first_end + 1"),
    "what was taken is remembered": ("exchange", r"if #tags > 0", "if false"),
    "not for ever": ("exchange", r", 'EX', remember_s", ""),
    "put back off the index": ("restore", r"redis.call\('ZREM'.*\n", "\n"),
    "put back only what is held": ("restore", r" == 1 then", " >= 0 then"),
    "put back as the next": ("restore", r"'RPUSH'", "'LPUSH'"),
}


@pytest.mark.parametrize("check", [*EXCHANGE.values(), *RESTORE.values()], ids=[*EXCHANGE, *RESTORE])
def test_of_the_scripts(check: Check, broker: Broker) -> None:
    check(broker, None)


@pytest.mark.case(
    "F22", "one line taken out of one of the broker's scripts", "each is found out", counted="mutants killed"
)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_changed_script_is_found_out(mutant: str, broker: Broker) -> None:
    name, found, instead = MUTANTS[mutant]
    text = (LUA / f"{name}.lua").read_text(encoding="utf-8")
    changed = re.sub(found, instead, text)
    assert changed != text, "nothing to edit"
    assert any(_fails(check, broker, changed) for check in CHECKS[name].values())


def _fails(check: Check, broker: Broker, script: str) -> bool:
    broker.redis.flushall()
    try:
        check(broker, script)
    except Exception:  # noqa: BLE001 - an error of Lua is found out, too
        return True
    return False


def test_a_server_that_forgot_the_script_is_told_it_anew(broker: Broker) -> None:
    tags = broker.put(2)
    held = HeldMessages(KEYS)
    assert take(held, broker.redis, 1) == tags[:1]
    broker.redis.script_flush()
    assert take(held, broker.redis, 1) == tags[1:]


def test_ten_thousand_slots_are_filled_in_steps(broker: Broker) -> None:
    """Lua passes some thousand arguments at most, and a script keeps everybody else waiting."""
    tags = [tag for _ in range(20) for tag in broker.put(1000)]
    held = HeldMessages(KEYS)
    taken: list[str] = []
    while len(taken) < 10_000:
        some = take(held, broker.redis, 10_000 - len(taken))
        assert len(some) == MOST_AT_ONCE
        taken += some
    assert taken == tags[:10_000]
    for tag in taken:
        held.ack(tag)
    while held.has_news:
        held.exchange(broker.redis, (), 0)
    assert broker.held() == {}
    assert broker.waiting() == 10_000


def test_what_is_no_message_is_handed_on_and_not_held(broker: Broker) -> None:
    broker.redis.lpush(list_key("default", 3), b"garbage", b'{"a": 1}', b"\xff")
    held = HeldMessages(KEYS)
    assert held.exchange(broker.redis, lists("default"), 5) == 3
    assert [text for text, _ in held.waiting] == ["garbage", '{"a": 1}', "�"]
    assert broker.held() == {}
