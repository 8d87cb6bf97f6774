"""The calls made for one question: each is checked against the job's limits, numbered, and given a part of the time."""

from dataclasses import replace

from app.llm.base import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Ask

SHORTEST_S = 0.001


class CallSeries:
    """An Ask whose calls are counted: the first is the step itself, such as 3; further ones are 3.2, 3.3."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._calls = 0

    @property
    def form(self) -> str:
        """What the question asks of a model: text, schema or image."""
        if self.ask.schema is not None:
            return "schema"
        return "image" if any(one.images for one in self.ask.messages) else "text"

    @property
    def attempt(self) -> str:
        """What tells the job's attempt from all others; empty where no job asks."""
        headers = self.ask.headers
        return f"{headers[JOB_HEADER]}/{headers.get(ATTEMPT_HEADER, '')}" if JOB_HEADER in headers else ""

    def next(self, ratio: float) -> Ask:
        """Return what the next call asks, within `ratio` of the time that is left. Raises: what `allow` does."""
        ask = self.ask
        ask.allow()
        self._calls += 1
        headers = dict(ask.headers)
        if self._calls > 1 and (step := headers.get(STEP_HEADER)):
            headers[STEP_HEADER] = f"{step}.{self._calls}"
        timeout_s = max(SHORTEST_S, min(ask.limits.timeout_s, ask.left_s() * ratio))
        return replace(ask, headers=headers, limits=replace(ask.limits, timeout_s=timeout_s))
