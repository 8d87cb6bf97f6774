"""The OpenID provider as this process knows it: its document and its keys, and what browsers are sent there for.

Nothing is asked before somebody signs in, so that the API starts without the provider.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.auth.oidc import client as calls
from app.auth.oidc.client import Client, believed, bounded, fetch
from app.auth.oidc.document import judged, method_of
from app.auth.oidc.errors import ProviderAwayError, SsoError
from app.auth.oidc.rules import Rules, read_rules
from app.core.addresses import WELL_KNOWN
from app.core.clock import monotonic_s
from app.core.settings import Settings

CALLBACK_PATH = "/api/v1/auth/oidc/callback"
DOCUMENT_KEPT_S, KEYS_KEPT_S = 3600.0, 600.0
ASK_AGAIN_S = 10.0  # how soon keys are fetched again, whatever a token names and whether there are any
FAILED_AGAIN_S = 2.0
LEEWAY_S = 120  # between the provider's clock and ours
LONGEST_HINT_BYTES = 2048
LONGEST_SUBJECT_CHARS = 255  # Source: OpenID Connect Core 1.0, 2
_NEVER_S = float("-inf")


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a browser is sent to sign in, and what its return is checked by."""

    url: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of who has signed in: claims of its ID token, completed by those of userinfo."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]
    id_token: str


class Provider:
    """The provider of the settings, for one process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic_s) -> None:
        """Ask nobody yet. Raises: SettingsError."""
        self.rules: Rules = read_rules(settings)
        self._settings = settings
        self._clock = clock
        self._client: Client | None = None
        self._reading, self._fetching = asyncio.Lock(), asyncio.Lock()
        self._read_at_s = self._failed_at_s = self._keys_at_s = self._keys_asked_at_s = _NEVER_S
        self._fault = self._keys_fault = ""
        self._keys: list[Any] = []

    @property
    def is_configured(self) -> bool:
        """Whether there is one; nothing else is to be called without."""
        return bool(self._settings.oidc_issuer)

    @property
    def redirect_uri(self) -> str:
        """Where browsers come back to: by PUBLIC_URL, and the same when the code is redeemed."""
        return self._settings.site_url + CALLBACK_PATH

    async def ask(self, state: str) -> Asked:
        """Return where to send a browser. Raises: ProviderAwayError."""
        client = await self._ready()
        made = await client.create_authorization_url(self.redirect_uri, state=state)
        return Asked(made["url"], made["nonce"], made["code_verifier"])

    async def redeem(self, code: str, *, nonce: str, verifier: str, issuer: str | None = None) -> Told:
        """Return who has signed in; `issuer`: who says that it made the code (RFC 9207).

        Raises: ProviderAwayError; SsoError for an answer that proves nothing.
        """
        client = await self._ready()
        named: str = client.server_metadata["issuer"]
        if issuer not in {None, named}:
            raise SsoError(f"This answer comes from another provider ({str(issuer)[:100]}).", code="sso_bad_token")
        wanted = {"iss": {"value": named}, "aud": {"value": client.client_id}}
        async with bounded(self._settings):
            token = await believed(client.fetch_access_token(self.redirect_uri, code=code, code_verifier=verifier))
            parsed = client.parse_id_token(token, nonce=nonce, claims_options=wanted, leeway=LEEWAY_S)
            claims = dict(await believed(parsed) or {})
            subject = claims.get("sub", "")
            if not subject.isprintable() or not 0 < len(subject) <= LONGEST_SUBJECT_CHARS:
                raise SsoError("The provider sent no ID token, or one without a subject.", code="sso_bad_token")
            if not self.rules.is_told(claims) and "userinfo_endpoint" in client.server_metadata:
                more = await believed(client.userinfo(token=token))
                if more.get("sub") != subject:
                    raise SsoError("What userinfo says is of somebody else.", code="sso_bad_token")
                claims = {**more, **claims}
        return Told(named, subject, claims, token["id_token"])

    async def logout_url(self, id_token: str | None) -> str | None:
        """Return where a browser signs out at the provider, and from there comes back; None where it cannot."""
        client = await self._ready()
        if not self._settings.oidc_logout or "end_session_endpoint" not in client.server_metadata:
            return None
        made = await client.create_logout_url(
            post_logout_redirect_uri=f"{self._settings.site_url}/signin",
            id_token_hint=id_token if id_token and len(id_token) <= LONGEST_HINT_BYTES else None,
            state="signed-out",
            client_id=client.client_id,
        )
        url: str = made["url"]
        return url

    async def check(self) -> str:
        """Return the issuer whose document and keys can be read. Raises: ProviderAwayError."""
        client = await self._ready()
        await self.keys()
        issuer: str = client.server_metadata["issuer"]
        return issuer

    async def keys(self, *, is_unknown: bool = False) -> dict[str, Any]:
        """Return the keys, fetched again when they are old or `is_unknown`; those that are there outlive every fault.

        Raises: ProviderAwayError when there are none.
        """
        async with self._fetching:
            now_s = self._clock()
            is_old = now_s - self._keys_at_s >= KEYS_KEPT_S
            if (is_old or is_unknown) and now_s - self._keys_asked_at_s >= ASK_AGAIN_S:
                self._keys_asked_at_s = now_s
                await self._fetch_keys(await self._ready())
        if not self._keys:
            raise ProviderAwayError(self._keys_fault)
        return {"keys": self._keys}

    async def _fetch_keys(self, client: Client) -> None:
        try:
            async with bounded(self._settings):
                said = await fetch(client, client.server_metadata["jwks_uri"])
        except ProviderAwayError as error:
            self._keys_fault = error.detail
            return
        listed = said.get("keys")
        keys = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if found := [one for one in keys if one.get("use", "sig") == "sig"]:
            self._keys, self._keys_at_s = found, self._clock()
        else:
            self._keys_fault = "The provider has no key that signs; choose a signing key there (RS256)."

    async def _ready(self) -> Client:
        """Return the client with a document that is not too old; an old one is better than none."""
        async with self._reading:
            now_s = self._clock()
            if now_s - self._read_at_s >= DOCUMENT_KEPT_S and now_s - self._failed_at_s >= FAILED_AGAIN_S:
                await self._read_document()
            if self._client is None:
                raise ProviderAwayError(self._fault)
            return self._client

    async def _read_document(self) -> None:
        settings = self._settings
        try:
            client = self._client or calls.make_client(settings, self.keys)
            async with bounded(settings):
                said = await fetch(client, settings.oidc_issuer + WELL_KNOWN)
            client.server_metadata = judged(said, settings.oidc_issuer)
            client.client_kwargs["token_endpoint_auth_method"] = method_of(said, has_secret=bool(client.client_secret))
            self._client, self._read_at_s = client, self._clock()
        except ProviderAwayError as error:
            self._failed_at_s, self._fault = self._clock(), error.detail
