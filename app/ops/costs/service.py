"""What the jobs that a caller sees cost, by day, owner, type or model."""

from datetime import date, timedelta

from app.auth.caller import Caller
from app.core.clock import utc_now
from app.core.database import Database
from app.core.errors import FieldError, InvalidError
from app.jobs.repository import costs
from app.ops.costs.schemas import CostGroup, CostsOut, CostSum, GroupBy

DAYS = 30
MAX_DAYS = 366


async def read_costs(
    database: Database, caller: Caller, *, by: GroupBy, first: date | None, last: date | None
) -> CostsOut:
    """Return the sums of what the caller sees; without days, of the last thirty. Raises: InvalidError for the span."""
    last = last or utc_now().date()
    first = first or last - timedelta(days=DAYS - 1)
    if not 0 <= (last - first).days < MAX_DAYS:
        fault = FieldError("#query/from", f"not 1 to {MAX_DAYS} days: {first} to {last}")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])
    rows, total = await costs.sums(database, caller.sees, by=by, first=first, last=last)
    items = [CostGroup.model_validate(row) for row in rows]
    return CostsOut(group_by=by, first_day=first, last_day=last, items=items, total=CostSum.model_validate(total))
