"""The doctor looks at the provider of single sign-on as a sign-in would."""

from typing import Any

from app.core.settings import Settings
from app.ops.doctor import single_sign_on
from app.ops.doctor.finding import State
from tests.rig.oidc import PlayedProvider, playing
from tests.rig.ports import free_port


async def found(provider: PlayedProvider, **more: Any) -> list[tuple[State, str]]:
    return [(one.state, one.text) for one in await single_sign_on.check(Settings(**provider.settings(**more)))]


async def test_a_provider_that_answers_is_well_and_the_redirect_uri_is_told() -> None:
    async with playing(path="/realms/main") as provider:
        (said,) = await found(provider, oidc_allowed_domains=("example.org",))
        assert said[0] is State.OK
        assert said[1].startswith(f"{provider.issuer} answers")
        assert said[1].endswith("http://headrace.test/api/v1/auth/oidc/callback")
        _, (state, text) = await found(provider)
        assert (state, "everybody with an account" in text) == (State.NOTE, True)


async def test_what_would_keep_everybody_out_is_a_fault() -> None:
    async with playing(document={"issuer": "https://another.example"}) as provider:
        assert "calls itself https://another.example" in (await found(provider))[0][1]
        provider.document, provider.statuses = {}, {"jwks": 500}
        (said,) = await found(provider)
        assert (said[0], "jwks answers 500" in said[1]) == (State.FAULT, True)
        (said,) = await found(provider, oidc_issuer=f"http://127.0.0.1:{free_port()}")
        assert (said[0], "does not answer" in said[1]) == (State.FAULT, True)
        assert (await found(provider, oidc_default_role=""))[0][0] is State.SKIPPED
