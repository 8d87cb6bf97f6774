"""Records what a worker's calls used: added up in memory, and written every few seconds."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from app.core.clock import utc_now
from app.core.database import Database
from app.core.histogram import bucket_of
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.governor.limited_model import CallRecord
from app.governor.repository import Amount, add_amounts
from app.governor.states import CallResult

FLUSH_EVERY_S = 5.0
MOST_AMOUNTS = 20_000  # far more than a day of every model has; what is new beyond it is not kept
LATENCY, PRICED, COST = "latency", "priced", "cost_usd"
TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")
_log = get_logger(__name__)


class UsageRecorder:
    """Adds calls up on the loop that makes them; an outage of PostgreSQL delays the sums, and no call."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._amounts: defaultdict[Amount, Decimal] = defaultdict(Decimal)

    def record(self, call: CallRecord) -> None:
        """Add a call; returns at once."""
        target, day = call.target, utc_now().date()
        for (measure, bucket), amount in _measures(call).items():
            self._add(Amount(target.provider, day, target.model, measure, bucket), amount)

    def _add(self, key: Amount, amount: Decimal | int) -> None:
        if key in self._amounts or len(self._amounts) < MOST_AMOUNTS:
            self._amounts[key] += amount

    async def keep_written(self) -> None:
        """Write what was added, every few seconds, through every outage."""
        while still_wanted():
            await asyncio.sleep(FLUSH_EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what was added since the last time; when that fails it is kept. One that was in doubt counts twice."""
        amounts, self._amounts = self._amounts, defaultdict(Decimal)
        if not amounts:
            return
        try:
            await add_amounts(self._database, amounts)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next time may be better
            for key, amount in amounts.items():
                self._add(key, amount)
            _log.warning("usage_kept", error=type(error).__name__, amounts=len(amounts))


def _measures(call: CallRecord) -> Mapping[tuple[str, int], Decimal | int]:
    found: dict[tuple[str, int], Decimal | int] = {(call.result, 0): 1}
    if call.result == CallResult.OK:
        found[LATENCY, bucket_of(call.seconds)] = 1
    if call.usage is not None:
        found |= {(name, 0): getattr(call.usage, name) for name in TOKENS if getattr(call.usage, name)}
    if call.cost_usd is not None:
        found |= {(PRICED, 0): 1, (COST, 0): call.cost_usd}
    return found
