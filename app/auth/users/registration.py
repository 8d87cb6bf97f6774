"""Who may make an account for himself: REGISTRATION says it."""

from app.core.errors import HeadraceError
from app.core.settings import Settings

_WAYS = {
    "open": "Whoever reaches this page may make an account.",
    "invite": "Accounts are made by invitation here: ask an administrator for a link.",
    "closed": "An administrator makes the accounts here (headrace users create); REGISTRATION=invite lets him invite.",
}


class RegistrationClosedError(HeadraceError):
    """Nobody makes an account for himself here, or not so."""

    status, code, title = 403, "registration_closed", "Registration is closed"


def require(settings: Settings, *ways: str) -> None:
    """Raise RegistrationClosedError unless REGISTRATION is one of these."""
    if settings.registration not in ways:
        raise RegistrationClosedError(_WAYS[settings.registration])
