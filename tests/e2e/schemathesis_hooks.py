"""Loaded by schemathesis: each of its requests comes from another address, and in turns from one of several callers."""

import json
import os
from itertools import count, cycle
from typing import Any

import schemathesis

# Turns, since Hypothesis has every example draw the same of `random`.
_numbers = count(1)
_callers = cycle(json.loads(os.environ.get("SCHEMA_CALLERS", "[{}]")))  # noqa: TID251 - from the test


@schemathesis.hook
def before_call(_: Any, case: Any, kwargs: Any) -> None:
    """Say whose request it is, and as a trusted proxy would from where, so that none waits for another's guesses."""
    del kwargs
    number = next(_numbers)
    address = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"
    case.headers.update(next(_callers) | {"X-Forwarded-For": address})
