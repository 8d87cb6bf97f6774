"""An OpenID provider as the tests play it: one that is strict with what we send, and lies as it is told to.

`PROVIDERS` are the ways in which those of others differ: what they call themselves, and where they put which claim.
"""

import base64
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import httpx2
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import SecretStr

CLIENT_ID, CLIENT_SECRET = "headrace-client", "a secret & 100% of it: +/="
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}  # as browsers say of a page of ours
LOGIN, CALLBACK = "/api/v1/auth/oidc/login", "/api/v1/auth/oidc/callback"
SITE = "http://headrace.test"
ADA = {"sub": "248289761001", "email": "ada@example.org", "email_verified": True, "name": "Ada Lovelace"}
CODE_BYTES = 8


@dataclass(frozen=True)
class In:
    """A time of the provider's clock, so many seconds from when it signs."""

    seconds: int


@cache
def key_of(kid: str, kind: str = "EC") -> Any:
    """Return a private key, made once for all tests."""
    if kind == "RSA":
        return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class PlayedProvider:
    """What it says, and what it was asked. A test changes what it likes."""

    path: str = ""  # behind the host, in the issuer
    claims: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    userinfo: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)  # over the right one
    token: dict[str, Any] = field(default_factory=dict)  # over the right claims of the ID token
    header: dict[str, Any] = field(default_factory=dict)  # over the right header
    keys: list[Any] = field(default_factory=lambda: [key_of("first")])
    signs_with: Any = None  # another key than the first
    unsigned: bool = False
    statuses: dict[str, int] = field(default_factory=dict)  # of a path
    calls: Counter[str] = field(default_factory=Counter)
    authorized: list[dict[str, str]] = field(default_factory=list)
    last_id_token: str = ""
    port: int = 0
    scheme: str = "http"
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return self.host + self.path

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings that make this the provider."""
        return {
            "oidc_issuer": self.issuer.rstrip("/"),
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_default_role": "member",
            "public_url": SITE,
            **more,
        }

    def approve(self, url: str, **changes: str) -> str:
        """Return where a browser is sent back that was sent there, and signs in; with `changes` in the query."""
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.authorized.append(asked)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.host}/authorize"
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["nonce"]) >= 20
        assert "openid" in asked["scope"].split()
        code = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        self._codes[code] = asked
        # Beside what is needed, what Keycloak and Google add.
        sent = {"state": asked["state"], "code": code, "session_state": "x", "authuser": "0", "prompt": "none"}
        return f"{asked['redirect_uri']}?{urlencode({**sent, **changes})}"

    def _document(self) -> dict[str, Any]:
        right = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.host}/authorize",
            "token_endpoint": f"{self.host}/token",
            "userinfo_endpoint": f"{self.host}/userinfo",
            "jwks_uri": f"{self.host}/jwks",
            "end_session_endpoint": f"{self.host}/end",
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return {name: value for name, value in {**right, **self.document}.items() if value is not None}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer whatever is asked."""
        name = request.path.rpartition("/")[2]
        self.calls[name] += 1
        if status := self.statuses.get(name):
            return web.json_response({"error": "server_error"}, status=status)
        match name:
            case "openid-configuration":
                return web.json_response(self._document())
            case "jwks":
                return web.json_response({"keys": [one.as_dict(private=False) for one in self.keys]})
            case "token":
                form = {key: str(value) for key, value in (await request.post()).items()}
                return self._redeem(form, is_client=self._is_client(request, form))
            case "userinfo":
                assert request.headers["Authorization"] == "Bearer an-access-token"
                return web.json_response({"sub": self.claims["sub"], **self.userinfo})
        return web.Response(status=404)

    def _is_client(self, request: web.Request, form: Mapping[str, str]) -> bool:
        """Say whether a request proves who we are, in a way that the document lists."""
        listed = self._document().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not (given := request.headers.get("Authorization", "").removeprefix("Basic ")):
            is_right = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
            return is_right and "client_secret_post" in listed
        name, _, secret = base64.b64decode(given).decode().partition(":")
        is_right = (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)
        return is_right and "client_secret_basic" in listed

    def _redeem(self, form: Mapping[str, str], *, is_client: bool) -> web.Response:
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if not is_client:
            return web.json_response({"error": "invalid_client"}, status=401)
        self.last_id_token = self.sign({"nonce": asked["nonce"]})
        return web.json_response(
            {
                "access_token": "an-access-token",
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": self.last_id_token,
            }
        )

    def sign(self, more: Mapping[str, Any]) -> str:
        """Return an ID token."""
        now = int(time.time())  # noqa: TID251 - as the provider's clock has it
        right = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, **more, **self.claims}
        said = {name: value for name, value in {**right, **self.token}.items() if value is not None}
        claims = {name: now + value.seconds if isinstance(value, In) else value for name, value in said.items()}
        if self.unsigned:
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])
        key = self.signs_with or self.keys[0]
        alg = {"EC": "ES256", "RSA": "RS256", "oct": "HS256"}[key.key_type]
        named = {"kid": key.kid} if key.kid else {}
        return jwt.encode({"alg": alg, **named, **self.header}, claims, key, algorithms=[alg])


def shared_secret() -> Any:
    """Return the client's secret as a key, as a provider without a signing key uses it."""
    return OctKey.import_key(CLIENT_SECRET.encode() * 2)


# How others differ from the specification's example, and from each other.
PROVIDERS: dict[str, dict[str, Any]] = {
    # Roles are not in the ID token unless a mapper puts them there; an encryption key stands among the keys.
    "keycloak": {
        "path": "/realms/main",
        "claims": {**ADA, "email_verified": False},
        "userinfo": {"realm_access": {"roles": ["offline_access", "headrace-operators"]}},
        "role_claim": "realm_access.roles",
    },
    # A slash at the end of the issuer; an address that is never verified.
    "authentik": {
        "path": "/application/o/headrace/",
        "claims": {**ADA, "email_verified": False, "groups": ["authentik Admins", "headrace-operators"]},
        "role_claim": "groups",
    },
    # Says nothing of the address; groups are ids; `sub` is another for each application.
    "entra": {
        "path": "/6f1a/v2.0",
        "claims": {
            "sub": "AAAAAAAA-pairwise",
            "name": "Ada",
            "email": "ada@example.org",
            "roles": ["headrace-operators"],
        },
        "role_claim": "roles",
    },
    # Roles are the keys of an object, under a name with colons, and in userinfo alone.
    "zitadel": {
        "claims": {"sub": "248289761001"},
        "userinfo": {
            **ADA,
            "urn:zitadel:iam:org:project:roles": {"headrace-operators": {"2482": "main.zitadel.cloud"}},
        },
        "role_claim": "urn:zitadel:iam:org:project:roles",
    },
    # With an access token beside it the ID token is thin: the rest stands in userinfo.
    "okta": {
        "path": "/oauth2/default",
        "claims": {"sub": ADA["sub"]},
        "userinfo": {**ADA, "groups": ["Everyone", "headrace-operators"]},
        "role_claim": "groups",
    },
    # The name of a claim is an address, with dots.
    "auth0": {
        "path": "/",
        "claims": {**ADA, "https://headrace.example.org/roles": ["headrace-operators"]},
        "role_claim": "https://headrace.example.org/roles",
    },
    # One group as a text, a word instead of a truth.
    "adfs": {
        "path": "/adfs",
        "claims": {**ADA, "email_verified": "true", "group": "headrace-operators"},
        "role_claim": "group",
    },
    # Groups are objects.
    "oracle": {
        "claims": {**ADA, "groups": [{"id": "465d", "name": "headrace-operators", "$ref": "http://x"}]},
        "role_claim": "groups",
    },
    # No groups at all, and nowhere to sign out.
    "google": {
        "document": {"end_session_endpoint": None},
        "claims": {**ADA, "hd": "example.org"},
        "role_claim": "",
    },
}


@asynccontextmanager
async def playing(**said: Any) -> AsyncIterator[PlayedProvider]:
    """Yield a provider that answers on a port of this machine."""
    provider = PlayedProvider(**said)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", provider.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.port = runner.addresses[0][1]
    try:
        yield provider
    finally:
        await runner.cleanup()


async def begin(client: httpx2.AsyncClient, **query: str) -> str:
    """Press the button, and return where the browser is sent."""
    answer = await client.get(LOGIN, params=query)
    assert answer.status_code == 303, answer.text
    url: str = answer.headers["location"]
    return url


async def sign_in(client: httpx2.AsyncClient, provider: PlayedProvider, **query: str) -> httpx2.Response:
    """Go to the provider, sign in, and return what the way back answers."""
    return await client.get(provider.approve(await begin(client, **query)))


def refusal(answer: httpx2.Response) -> str | None:
    """Return why nobody was signed in, None for who was."""
    if answer.status_code == 200:
        return None
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["refused"][0]
