"""The request of a call to be admitted."""

from dataclasses import dataclass

from app.governor.limiter.scripts import Target


@dataclass(frozen=True, slots=True)
class CallRequest:
    """One call of a model. `attempt` names the job's attempt that makes it, empty where there is none.

    `reservation`: the job for which a start that lies ahead is reserved; empty: for none. `places`: how many calls the
    model takes at once over all workers, None is any number; `waits`: the call waits a while for one of them.
    """

    target: Target
    prompt_tokens: int
    output_tokens: int
    reservation: str = ""
    attempt: str = ""
    places: int | None = None
    waits: bool = True
