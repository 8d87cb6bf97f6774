"""The one client of all calls to the provider, and what its answers and failures mean."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import JoseError, UnsupportedAlgorithmError

from app.auth.oidc.errors import ProviderAwayError, SsoError
from app.core.settings import Settings
from app.core.text_file import UnreadableFileError

CALL_S = 10.0  # for all that one step of signing in asks of the provider
_BAD_ANSWER = (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError, AttributeError)


class Client(StarletteOAuth2App):  # type: ignore[misc]
    """authlib's client, which is given the document and the keys instead of fetching them as often as it likes."""

    keys: Callable[..., Awaitable[dict[str, Any]]]

    async def load_server_metadata(self) -> dict[str, Any]:
        """Return what was read of the document."""
        metadata: dict[str, Any] = self.server_metadata
        return metadata

    async def fetch_jwk_set(self, force: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - authlib's signature
        """Return the keys; `force`: a token names another one."""
        return await self.keys(is_unknown=force)


def make_client(settings: Settings, keys: Callable[..., Awaitable[dict[str, Any]]]) -> Client:
    """Return a client that knows no document yet. Raises: ProviderAwayError for a bad file."""
    try:
        secret = settings.oidc_secret
    except (OSError, UnreadableFileError):
        raise ProviderAwayError("OIDC_CLIENT_SECRET_FILE cannot be read any more.") from None
    client = Client(
        None,
        client_id=settings.oidc_client_id,
        client_secret=secret or None,
        client_auth_methods=[("client_secret_basic", _basic)],
        client_kwargs={
            "scope": settings.oidc_scopes,
            "code_challenge_method": "S256",
            "verify": _certificates(settings.oidc_ca_file),
            "timeout": CALL_S,
            "follow_redirects": False,
            "leeway": 0,  # authlib's 60 s would take an access token of a minute for over when it comes
        },
    )
    client.keys = keys
    return client


def _basic(client: Any, _: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """Send the secret as a header, written as RFC 6749, 2.3.1 has it; authlib leaves + and % as they are."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return uri, headers, body


@lru_cache(maxsize=4)
def _certificates(ca_file: str) -> ssl.SSLContext:
    """Return what the provider is checked by, read once: it takes 30 ms or more."""
    context = httpx2.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError:
            raise ProviderAwayError("OIDC_CA_FILE has no certificate; it takes those of authorities, as PEM.") from None
    return context


async def fetch(client: Client, url: str) -> dict[str, Any]:
    """Return a JSON object of the provider's. Raises: ProviderAwayError."""
    answer = await client.request("GET", url, withhold_token=True)
    if not answer.is_success:
        raise ProviderAwayError(f"{url} answers {answer.status_code}; see OIDC_ISSUER.")
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ProviderAwayError(f"{url} is no JSON object; see OIDC_ISSUER.")
    return said


async def believed(answer: Awaitable[Any]) -> Any:
    """Return what authlib makes of an answer. Raises: SsoError for one that proves nothing."""
    try:
        return await answer
    except UnsupportedAlgorithmError as error:
        detail = f"The ID token is signed in a way that is not taken ({error}); choose a signing key there (RS256)."
        raise SsoError(detail, code="sso_bad_token") from None
    except _BAD_ANSWER as error:
        detail = f"The provider's answer is not taken: {type(error).__name__}: {str(error)[:200]}"
        raise SsoError(detail, code="sso_bad_token") from None


@asynccontextmanager
async def bounded(settings: Settings) -> AsyncIterator[None]:
    """Give what is asked inside its time, and say why nobody answers. Raises: ProviderAwayError."""
    try:
        async with asyncio.timeout(CALL_S):
            yield
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
        raise ProviderAwayError(_reason(error, settings)) from None


def _reason(error: BaseException, settings: Settings) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        named = "none of those in OIDC_CA_FILE" if settings.oidc_ca_file else "not known here"
        return (
            f"The certificate of {settings.oidc_issuer} is by an authority that is {named}; put it into OIDC_CA_FILE."
        )
    if isinstance(error, httpx2.HTTPStatusError):
        return f"{error.request.url} answers {error.response.status_code}."
    return f"{settings.oidc_issuer} does not answer ({type(error).__name__}); see OIDC_ISSUER and what lies between."
