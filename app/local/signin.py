"""The link that signs a browser in without showing anybody the service token."""

from app.auth.sessions.service import CODE_S, make_code
from app.core.redis import REDIS_AWAY, connect
from app.core.redis_reasons import reason
from app.core.settings import Settings
from app.local.errors import LocalError

MINUTES = CODE_S // 60


async def make_link(settings: Settings, *, site: str | None = None) -> str:
    """Return a link to the browser interface that works once, within ten minutes. Raises: LocalError.

    `site`: the URL under which a browser reaches it, when the settings do not know it.
    """
    redis = connect(settings.need("redis_url").redis_url.get_secret_value())
    try:
        code = await make_code(redis)
    except REDIS_AWAY as error:
        raise LocalError(f"Redis: {reason(error)}; is the stack running (`headrace run`)?") from None
    finally:
        await redis.aclose()
    shown = site or settings.site_url
    return f"{shown}/signin?code={code}"
