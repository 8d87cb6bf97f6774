"""How the models stand: what the dispatcher may send, and what people are told."""

import asyncio
from dataclasses import dataclass

from app.governor.limits import Limits, target_of
from app.governor.scripts import Scripts, Target
from app.governor.view import View
from app.llm.catalog import Catalog

# A job whose call starts within it may be sent: half of what its worker sleeps, so that hardly any is given back.
HORIZON_S = 1.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Looks at every model of the catalogue."""

    scripts: Scripts
    catalog: Catalog
    limits: Limits

    async def views(self) -> dict[Target, View]:
        """Return how each model stands. Raises: one of REDIS_AWAY."""
        targets = list(dict.fromkeys(target_of(config) for config in self.catalog.models.values()))
        found = await asyncio.gather(
            *(self.scripts.peek(target, self.limits.of(target), horizon_s=HORIZON_S) for target in targets)
        )
        return dict(zip(targets, found, strict=True))

    async def free(self) -> dict[str, int]:
        """Return how many jobs may be sent now, for each name of the catalogue that is not free for any number.

        Each of several names for one model sees all that it has. Raises: one of REDIS_AWAY.
        """
        views = await self.views()
        free: dict[str, int] = {}
        for name in self.catalog.names():
            parts = [views[target_of(config)].free for config in self.catalog.resolve(name)]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                free[name] = sum(known)
        return free
