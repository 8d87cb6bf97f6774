"""The providers of models, each asked about itself; none is asked for an answer, so nothing is paid."""

import asyncio
from collections.abc import Sequence

from app.core.settings import Settings, SettingsError
from app.llm.catalog import ProviderConfig, ProviderKind
from app.llm.catalog_source import load_catalog
from app.llm.check import check as ask
from app.ops.doctor.finding import Finding, fault, note, ok, skipped

_DO = {
    "key_invalid": "set the key in the variable that api_key_env names (OPENAI_API_KEY)",
    "credits_exhausted": "pay, or name another provider in providers.toml",
    "rate_limited": "wait, or set a lower quota",
    "error": "see base_url (OPENAI_BASE_URL), and what lies between",
}


async def check(settings: Settings, *, local_runs: bool) -> Sequence[Finding]:
    """Ask each provider of the catalogue whether it answers and takes the key; the bundled one only where it runs."""
    try:
        models = load_catalog(settings).models.values()
    except SettingsError:
        return [skipped("providers", "PROVIDERS_FILE cannot be read")]
    providers = {one.provider.name: one.provider for one in models}
    return await asyncio.gather(
        *(_check(one, is_there=local_runs or one.kind is not ProviderKind.LOCAL) for one in providers.values())
    )


async def _check(provider: ProviderConfig, *, is_there: bool) -> Finding:
    if not is_there:
        return skipped(f"provider {provider.name}", "the local stack does not run")
    found = await ask(provider)
    subject = f"provider {provider.name}"
    if found.state == "active":
        return ok(subject, found.message)
    if found.state in {"unknown", "rate_limited"}:
        return note(subject, found.message, _DO.get(found.state, ""))
    return fault(subject, found.message, _DO.get(found.state, ""))
