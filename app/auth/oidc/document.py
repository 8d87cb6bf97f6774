"""What is taken of a provider's own document (OpenID Connect Discovery 1.0)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.auth.oidc.errors import ProviderAwayError

# Asymmetric ones: whoever else knows the client's secret would sign with HS256, and anybody with none.
ALGORITHMS = frozenset(
    {*("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), *("ES256", "ES384", "ES512", "EdDSA", "Ed25519")}
)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")
_NEEDED = ENDPOINTS[:3]
_SECRET_METHODS = ("client_secret_basic", "client_secret_post")


def judged(said: Mapping[str, Any], issuer: str) -> dict[str, Any]:
    """Return of a document what is used, the issuer byte for byte. Raises: ProviderAwayError.

    authlib would take all else in it for options of its client, `verify` among them.
    """
    named = said.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer:
        hint = " (Entra ID: name the tenant instead of common)" if "{tenantid}" in str(named) else ""
        raise ProviderAwayError(f"The provider calls itself {str(named)[:200]}, OIDC_ISSUER says {issuer}{hint}.")
    kept = {name: said[name] for name in ENDPOINTS if isinstance(said.get(name), str)}
    if missing := [name for name in _NEEDED if name not in kept]:
        raise ProviderAwayError(f"The provider's document lacks {', '.join(missing)}.")
    scheme = urlsplit(issuer).scheme
    if plain := [name for name, url in kept.items() if scheme == "https" and not url.startswith("https://")]:
        raise ProviderAwayError(f"The provider's document leads away from TLS: {', '.join(plain)}.")
    listed = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    signing = [one for one in listed if one in ALGORITHMS]
    if not signing:
        raise ProviderAwayError("The provider signs with no public key; choose a signing key there (RS256).")
    return {**kept, "issuer": named, "id_token_signing_alg_values_supported": signing}


def method_of(said: Mapping[str, Any], *, has_secret: bool) -> str:
    """Return how the secret is sent: as a client is registered by default, where that is listed."""
    listed = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return next((one for one in _SECRET_METHODS if one in listed), _SECRET_METHODS[0]) if has_secret else "none"
