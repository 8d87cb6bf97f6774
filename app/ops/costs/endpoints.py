"""The HTTP face of costs."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.auth.asking import Reader
from app.jobs.api.resources import CurrentResources
from app.ops.costs.schemas import CostsOut, GroupBy
from app.ops.costs.service import DAYS, MAX_DAYS, read_costs

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)

router = APIRouter(prefix="/api/v1", tags=["operations"])


@router.get("/costs")
async def get_costs(
    resources: CurrentResources,
    caller: Reader,
    first: Annotated[
        date | None,
        Query(alias="from", ge=FIRST, le=LAST, description=f"The first day, in UTC; {DAYS - 1} before the last."),
    ] = None,
    last: Annotated[
        date | None, Query(alias="to", ge=FIRST, le=LAST, description=f"The last one, at most {MAX_DAYS} days; today.")
    ] = None,
    group_by: Annotated[GroupBy, Query(description="What is summed together.")] = "day",
) -> CostsOut:
    """Sum tokens and cost by day, owner, type or model. It costs the same however many jobs there are."""
    return await read_costs(resources.database, caller, by=group_by, first=first, last=last)
