"""What goes over the wire about this process and the parts that it needs."""

from typing import Literal

from pydantic import BaseModel


class Pool(BaseModel):
    """This process's connections to a part: open, in use, at most (null: any number), and who waits for one."""

    open: int
    in_use: int
    waiting: int = 0
    max: int | None = None


class Part(BaseModel):
    """One part's state; `detail` says what is wrong, without internals."""

    status: Literal["ok", "degraded", "down"]
    latency_ms: float
    detail: str = ""
    pool: Pool | None = None


class Health(BaseModel):
    """All parts. `status`: down without PostgreSQL; degraded without Redis or any worker, or while a provider fails."""

    status: Literal["ok", "degraded", "down"]
    version: str
    parts: dict[str, Part]
