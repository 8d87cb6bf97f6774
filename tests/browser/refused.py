"""An answer of the played API that is a problem."""

from tests.browser.played_job import Json


class RefusedError(Exception):
    """An answer that is a problem."""

    def __init__(self, status: int, code: str, detail: str, errors: list[Json] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, errors
