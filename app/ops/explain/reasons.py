"""One thing that keeps a job from starting."""

from datetime import datetime

from pydantic import BaseModel


class Reason(BaseModel):
    """One thing that keeps a job from starting. `until`: when it ends by itself, null where nobody knows."""

    code: str
    message: str
    until: datetime | None = None
