"""The quotas that hold now: as configured, or as an operator changed them while all runs."""

from collections.abc import Iterable, Mapping

from app.core.settings import SettingsError
from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import Target
from app.llm.catalog import Catalog, ModelConfig

NO_QUOTA = Quota()


def target_of(config: ModelConfig) -> Target:
    """Return a model as the governor names it."""
    return Target(config.provider.name, config.model)


class Limits:
    """The quota of each model."""

    def __init__(self, catalog: Catalog) -> None:
        """Read the catalogue's quotas. Raises: SettingsError naming each that cannot be read."""
        self.configured: dict[Target, Quota] = {}
        self.providers = tuple(dict.fromkeys(config.provider.name for config in catalog.models.values()))
        self.closed: frozenset[str] = frozenset()  # by an operator
        self.places: dict[Target, int | None] = {}  # how many calls may be under way at once; None: any number
        self._overrides: Mapping[Target, Quota] = {}
        lines: list[str] = []
        for config in catalog.models.values():
            known = [one for one in (self.places.get(target_of(config)), config.max_in_flight) if one is not None]
            self.places[target_of(config)] = min(known, default=None)
            try:
                self.configured[target_of(config)] = parse_quota(config.quota or "")
            except ValueError as error:
                lines.append(f"quota of {config.name} (providers.toml or LLM_QUOTA): {error}")
        if lines:
            raise SettingsError(*lines)

    def of(self, target: Target) -> Quota:
        """Return a model's quota now; a model that nobody configured has none."""
        return self._overrides.get(target) or self.configured.get(target, NO_QUOTA)

    def is_overridden(self, target: Target) -> bool:
        """Say whether an operator's quota stands before the configured one."""
        return target in self._overrides

    def override(self, quotas: Mapping[Target, Quota]) -> None:
        """Put an operator's quotas before the configured ones; whatever is not named is as configured."""
        self._overrides = dict(quotas)

    def close(self, providers: Iterable[str]) -> None:
        """Keep which providers an operator closed, for a time when their breakers cannot be asked."""
        self.closed = frozenset(providers)
