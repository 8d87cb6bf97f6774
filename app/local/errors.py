"""The one error of the local stack."""


class LocalError(Exception):
    """The local stack cannot go on; the message is one line for a person and holds no secret."""
