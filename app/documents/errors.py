"""The one error of reading a document."""


class DocumentError(Exception):
    """A file that cannot be read; `code` is stable and snake_case, `message` a sentence for its owner.

    `retryable` says that trying again may help.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable
