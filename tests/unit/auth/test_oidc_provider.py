"""The provider as one process knows it: its document byte for byte, its keys seldom asked for, and never lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.auth.oidc.errors import ProviderAwayError, SsoError
from app.auth.oidc.provider import ASK_AGAIN_S, DOCUMENT_KEPT_S, FAILED_AGAIN_S, KEYS_KEPT_S, Provider, Told
from app.core.settings import Settings, SettingsError, load_settings
from tests.rig.oidc import PlayedProvider, key_of, playing
from tests.rig.ports import free_port
from tests.rig.tls import CA, tls_before


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def played() -> AsyncIterator[PlayedProvider]:
    async with playing() as provider:
        yield provider


@pytest.fixture
def clock() -> Clock:
    return Clock()


def known(played: PlayedProvider, clock: Clock | None = None, **more: Any) -> Provider:
    return Provider(Settings(**played.settings(**more)), clock or Clock())


async def sign_in(provider: Provider, played: PlayedProvider) -> Told:
    asked = await provider.ask("a-state")
    code = played.approve(asked.url).partition("code=")[2].partition("&")[0]
    return await provider.redeem(code, nonce=asked.nonce, verifier=asked.verifier)


async def refused(provider: Provider, played: PlayedProvider) -> SsoError:
    with pytest.raises(SsoError) as raised:
        await sign_in(provider, played)
    return raised.value


@pytest.mark.parametrize("path", ["", "/", "/application/o/headrace/", "/realms/main"])
async def test_the_issuer_is_the_provider_s_byte_for_byte(played: PlayedProvider, path: str) -> None:
    played.path = path
    for ending in ("", "/", "/.well-known/openid-configuration"):
        written = load_settings(**played.settings(oidc_issuer=played.issuer.rstrip("/") + ending))
        assert (await sign_in(Provider(written), played)).issuer == played.issuer
    played.token = {"iss": played.issuer.removesuffix("/") if path.endswith("/") else f"{played.issuer}/"}
    assert (await refused(known(played), played)).code == "sso_bad_token"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"issuer": "https://evil.example"}, "calls itself https://evil.example, OIDC_ISSUER says"),
        ({"issuer": None}, "calls itself None"),
        ({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}, "name the tenant instead of common"),
        ({"jwks_uri": None, "token_endpoint": 7}, "lacks token_endpoint, jwks_uri"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "choose a signing key there"),
    ],
)
async def test_a_document_that_cannot_be_used_says_why(
    played: PlayedProvider, document: dict[str, Any], words: str
) -> None:
    played.document = document
    with pytest.raises(ProviderAwayError) as raised:
        await known(played).check()
    assert words in raised.value.detail


async def test_another_realm_of_the_same_host_is_another_issuer(played: PlayedProvider) -> None:
    for other in (f"{played.issuer}/other", f"{played.issuer}0", played.issuer.upper()):
        played.document = {"issuer": other}
        with pytest.raises(ProviderAwayError, match="calls itself"):
            await known(played).check()


async def test_a_document_sets_nothing_of_our_client(played: PlayedProvider) -> None:
    odd = {"verify": False, "follow_redirects": True, "proxy": "http://127.0.0.1:9", "base_url": "http://127.0.0.1:9"}
    played.document = {**odd, "client_id": "other", "code_challenge_method": "plain", "grant_type": "password"}
    assert (await sign_in(known(played), played)).subject == played.claims["sub"]


@pytest.mark.parametrize("listed", [["client_secret_basic"], None, ["private_key_jwt", "client_secret_post"]])
async def test_the_secret_is_sent_as_the_provider_reads_it(
    played: PlayedProvider, listed: list[str] | None, tmp_path: Path
) -> None:
    played.document = {"token_endpoint_auth_methods_supported": listed}
    file = tmp_path / "secret"
    file.write_text("a secret & 100% of it: +/=\n")
    by_file: dict[str, Any] = {"oidc_client_secret": SecretStr(""), "oidc_client_secret_file": str(file)}
    for secret in (dict[str, Any](), by_file):
        assert (await sign_in(known(played, **secret), played)).subject == played.claims["sub"]
    later = known(played, **by_file)
    file.unlink()
    with pytest.raises(ProviderAwayError, match="OIDC_CLIENT_SECRET_FILE"):
        await later.check()


async def test_a_token_of_an_unknown_key_has_the_keys_fetched_once_in_ten_seconds(
    played: PlayedProvider, clock: Clock
) -> None:
    provider = known(played, clock)
    await sign_in(provider, played)
    assert played.calls["jwks"] == 1
    played.signs_with = key_of("of-nobody")
    for _ in range(5):
        assert (await refused(provider, played)).code == "sso_bad_token"
        assert played.calls["jwks"] == 1, "the keys are fresh"
    clock.now_s += ASK_AGAIN_S
    for _ in range(5):
        assert (await refused(provider, played)).code == "sso_bad_token"
        assert played.calls["jwks"] == 2
    played.signs_with = None
    await sign_in(provider, played)  # the good key is there as before
    clock.now_s += ASK_AGAIN_S
    played.keys = [key_of("second"), key_of("first")]
    await sign_in(provider, played)
    assert played.calls["jwks"] == 3


@pytest.mark.parametrize("fault", ["away", "empty", "no key that signs"])
async def test_a_fault_of_the_provider_s_loses_no_key(played: PlayedProvider, clock: Clock, fault: str) -> None:
    provider = known(played, clock)
    await sign_in(provider, played)
    good = played.keys
    played.signs_with = good[0]
    played.statuses, played.keys = ({"jwks": 500}, good) if fault == "away" else ({}, [])
    if fault == "no key that signs":
        played.keys = [type(good[0]).generate_key("P-256", {"kid": "first", "use": "enc"})]
    for _ in range(2):
        clock.now_s += KEYS_KEPT_S
        await sign_in(provider, played)
    assert played.calls["jwks"] == 3


async def test_the_pause_holds_while_there_is_no_key_at_all(played: PlayedProvider, clock: Clock) -> None:
    provider = known(played, clock)
    played.statuses = {"jwks": 500}
    for _ in range(5):
        assert (await refused(provider, played)).code == "sso_provider_away"
    assert played.calls["jwks"] == 1
    played.statuses, played.keys = {}, [key_of("rsa", "RSA")]
    clock.now_s += ASK_AGAIN_S
    await sign_in(provider, played)


async def test_a_document_outlives_the_provider(played: PlayedProvider, clock: Clock) -> None:
    provider = known(played, clock)
    await sign_in(provider, played)
    played.statuses = {"openid-configuration": 503}
    clock.now_s += DOCUMENT_KEPT_S
    await sign_in(provider, played)
    played.statuses = {}
    played.document = {"end_session_endpoint": None}
    clock.now_s += FAILED_AGAIN_S
    assert await provider.logout_url("x") is None


async def test_a_provider_that_is_away_is_not_asked_by_each_click(played: PlayedProvider, clock: Clock) -> None:
    provider = known(played, clock)
    played.statuses = {"openid-configuration": 503}
    for _ in range(5):
        with pytest.raises(ProviderAwayError, match="answers 503"):
            await provider.check()
    assert played.calls["openid-configuration"] == 1
    played.statuses = {}
    clock.now_s += FAILED_AGAIN_S
    assert await provider.check() == played.issuer


async def test_nobody_there_is_said_with_the_setting(played: PlayedProvider) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ProviderAwayError, match=f"{nowhere} does not answer .*OIDC_ISSUER"):
        await known(played, oidc_issuer=nowhere).check()


async def test_one_client_trusts_an_authority_of_ours_for_every_call(played: PlayedProvider, tmp_path: Path) -> None:
    played.claims = {"sub": "thin"}
    played.userinfo = {"email": "ada@example.org", "name": "Ada"}
    async with tls_before(played.port) as front:
        played.port, played.scheme = front.port, "https"
        assert (await sign_in(known(played, oidc_ca_file=str(CA)), played)).claims["name"] == "Ada"
        assert set(played.calls) == {"openid-configuration", "jwks", "token", "userinfo"}
        with pytest.raises(ProviderAwayError, match="put it into OIDC_CA_FILE"):
            await known(played).check()
        played.document = {"token_endpoint": f"http://127.0.0.1:{front.port}/token"}
        with pytest.raises(ProviderAwayError, match="leads away from TLS: token_endpoint"):
            await known(played, oidc_ca_file=str(CA)).check()
        empty = tmp_path / "empty.pem"
        empty.write_text("nothing")
        with pytest.raises(ProviderAwayError, match="OIDC_CA_FILE has no certificate"):
            await known(played, oidc_ca_file=str(empty)).check()
    with pytest.raises(SettingsError, match="OIDC_CA_FILE: there is no such file"):
        load_settings(**played.settings(oidc_ca_file="/no/ca.pem"))


async def test_a_long_id_token_is_no_part_of_an_address(played: PlayedProvider) -> None:
    provider = known(played)
    url = await provider.logout_url("short")
    assert url is not None
    assert "id_token_hint=short" in url
    assert "post_logout_redirect_uri=http%3A%2F%2Fheadrace.test%2Fsignin" in url
    longer = await provider.logout_url("x" * 2049)
    assert longer is not None
    assert "id_token_hint" not in longer
    assert "client_id=headrace-client" in longer
    assert await known(played, oidc_logout=False).logout_url("short") is None
