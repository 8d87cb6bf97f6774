"""Proof by e-mail and password: the same path, answer and time whether there is such an account or not."""

from fastapi import Request

from app.auth.guesses import Kind
from app.auth.resources import Resources
from app.auth.users import emails, repository
from app.auth.users.repository import Credentials
from app.core.errors import HeadraceError, UnauthorizedError

KIND = Kind.PASSWORD
WRONG = "The e-mail address or the password is wrong."


class PasswordsClosedError(HeadraceError):
    """No password opens anything here."""

    status, code, title = 403, "passwords_closed", "Passwords are not taken"


async def prove_password(resources: Resources, request: Request, username: str, password: str) -> Credentials:
    """Return whose e-mail and password these are. Raises: UnauthorizedError; TooManyGuessesError."""
    if not resources.settings.auth_password_login:
        raise PasswordsClosedError("Sign in at the provider; operators have the service token and `headrace signin`.")
    guard = resources.guard
    email = emails.normalised(username)
    scopes = await guard.password_scopes(request, email)
    guard.check_password(scopes)
    found = await repository.find_credentials(resources.database, email=email) if emails.is_email(email) else None
    known = found.password_hash if found is not None and found.is_active else None
    is_right = await resources.passwords.verify(password, known, may=lambda: guard.check_password(scopes))
    if found is None or not is_right:
        await guard.password_failed(request, password, scopes)
        raise UnauthorizedError(WRONG, headers={"WWW-Authenticate": "Bearer"}, code="wrong_password")
    guard.password_passed(scopes)
    return found
