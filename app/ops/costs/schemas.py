"""What goes over the wire about costs."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

GroupBy = Literal["day", "owner", "type", "model"]


class CostSum(BaseModel):
    """What attempts that got an answer used; `jobs` are those that ended with such an attempt.

    `cost_usd` is the part whose price is known, null when no price is; `unpriced` counts the calls without one.
    """

    model_config = ConfigDict(from_attributes=True)

    jobs: int
    attempts: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    unpriced: int


class CostGroup(CostSum):
    """The sum of one day (as 2026-11-30), owner, type or model."""

    key: str


class CostsOut(BaseModel):
    """Sums of whole days in UTC: days in their order, those without any left out; else the dearest first."""

    group_by: GroupBy
    first_day: date
    last_day: date
    items: list[CostGroup]
    total: CostSum
