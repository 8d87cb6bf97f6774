"""Production starts with no weak setting, and says which one it is."""

from collections.abc import Callable

import pytest

from app.core.settings import Settings, SettingsError, load_settings

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("name", "weak", "strong"),
    [
        ("service_token", "tiny-token", STRONG),
        ("service_token", "a" * 40, STRONG),
        ("service_token_previous", "tiny-token", STRONG),
        ("secret_key", "changeme", STRONG),
        ("database_url", "postgresql://postgres:postgres@db/x", f"postgresql://u:{STRONG}@db/x"),
        ("database_url", "postgresql://postgres@db/x", f"postgresql://u:{STRONG}@db/x"),
        ("redis_url", "redis://redis:6379/0", f"redis://:{STRONG}@redis/0"),
        ("flower_basic_auth", "admin:admin", f"admin:{STRONG}"),
        ("flower_basic_auth", "u:a", f"u:{STRONG}"),
        ("flower_basic_auth", f"u:{STRONG},v:guest", f"u:{STRONG},v:{STRONG}"),
        ("service_token", "abcdefgh" * 5, STRONG),
        ("service_token", "change-me-please-0123456789-abcdef", STRONG),
        ("secret_key", "your-secret-key-0123456789abcdefghij", STRONG),
        ("secret_key", "<put 32 characters of your own here>".replace(" ", "_"), STRONG),
        ("database_url", "postgresql://headrace:Headrace123@db/x", f"postgresql://u:{STRONG}@/x?host=db"),
        ("database_url", "postgresql://robertsmith:Robert-Smith_1@db/x", "postgresql:///x?host=/run/postgresql"),
        ("database_url", "postgresql://bob:bob-1@db/x", "postgresql://u@db/x?passfile=a"),
        ("database_url", "postgresql://db/x?user=u&password=postgres", "postgresql:///x?host=/run/postgresql"),
        ("database_url", "postgresql://u:x7Kq9@db/x", f"postgresql+asyncpg://u:{STRONG}@db/x"),
        ("redis_url", "redis://:redis@h:1/0", f"rediss://u:{STRONG}@h:1/0"),
        ("redis_url", "redis://:123456@h", f"redis://:{STRONG}@h"),
        ("redis_url", "redis://valkey:Valkey_2026!@h", f"redis://:{STRONG}@h"),
        ("trusted_proxies", "0.0.0.0/0", "10.0.0.0/8"),
        ("trusted_proxies", "10.0.0.1,::/0", "unix"),
        ("public_url", "http://headrace.example.com", "https://headrace.example.com"),
        ("public_url", "http://1.1.1.1:5173", "http://10.0.0.5:5173"),
        ("public_url", "http://example.org.", "http://box.lan:5173"),
    ],
)
def test_production_refuses_weak_secrets_by_name(name: str, weak: str, strong: str) -> None:
    settings = load_settings(env="development", **{name: weak}).need(name)
    acts: tuple[Callable[[], Settings], ...] = (
        lambda: load_settings(env="production", **{name: weak}),
        lambda: settings.model_copy(update={"env": "production"}).need(),
    )
    for act in acts:
        with pytest.raises(SettingsError, match=f"^{name.upper()}: refused with ENV=production") as raised:
            act()
        assert "\n" not in str(raised.value)
        assert weak not in str(raised.value)
    load_settings(env="production", **{name: strong}).need(name)


def test_the_previous_service_token_is_another_one() -> None:
    with pytest.raises(SettingsError, match=r"^SERVICE_TOKEN_PREVIOUS: it is the SERVICE_TOKEN") as raised:
        load_settings(service_token=STRONG, service_token_previous=STRONG)
    assert STRONG not in str(raised.value)
    load_settings(service_token=STRONG, service_token_previous=STRONG[::-1])


@pytest.mark.parametrize("name", ["secret_key", "redis_url"])
def test_the_previous_service_token_has_one_purpose(name: str) -> None:
    given = {"secret_key": STRONG, "redis_url": f"redis://:{STRONG}@h"}[name]
    with pytest.raises(SettingsError, match=r"refused with ENV=production: it is also a"):
        load_settings(env="production", service_token_previous=STRONG, **{name: given})
