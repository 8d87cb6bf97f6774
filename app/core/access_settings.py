"""The settings of who may ask, and how often; `Settings` inherits them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from app.core.setting_types import Domains, FileOrNone, Issuer, Key, Origins
from app.core.text_file import read_text

LEAST_AUDIT_DAYS = 30.0  # as the tables have it, which refuse to delete a younger line


def _as_audit_days(days: float) -> float:
    if 0 < days < LEAST_AUDIT_DAYS:
        raise ValueError(f"write at least {LEAST_AUDIT_DAYS:g}, or 0 to keep all lines")
    return days


Days = Annotated[float, Field(ge=0, le=36_500)]
_A_BILLION = 1_000_000_000
Most = Annotated[int, Field(ge=0, le=_A_BILLION)]  # 0: any number


class AccessSettings(BaseModel):
    """Settings of users, keys, limits and the audit log, each documented in `.env.example`."""

    registration: Literal["open", "invite", "closed"] = "closed"
    keys_unused_days: Days = 30.0
    keys_kept_days: Days = 10.0
    audit_days: Annotated[Days, AfterValidator(_as_audit_days)] = 365.0
    auth_password_login: bool = True

    requests_per_hour: Most = 500
    requests_burst: Most = 300
    requests_per_hour_of_service: Most = 0
    requests_per_minute_of_address: Most = 600
    max_stored_bytes_per_team: Annotated[int, Field(ge=0, le=_A_BILLION**2)] = 0
    cors_origins: Origins = ()

    oidc_issuer: Issuer = ""
    oidc_client_id: str = ""
    oidc_client_secret: Key = SecretStr("")
    oidc_client_secret_file: FileOrNone = ""
    oidc_scopes: str = "openid profile email"
    oidc_name: Annotated[str, Field(max_length=60)] = "single sign-on"
    oidc_role_claim: str = ""
    oidc_role_map: str = ""
    oidc_default_role: Literal["", "viewer", "member", "operator"] = ""
    oidc_allowed_domains: Domains = ()
    oidc_trust_email: bool = False
    oidc_auto_login: bool = False
    oidc_logout: bool = True
    oidc_ca_file: FileOrNone = ""
    oidc_keys_pause_days: Annotated[float, Field(ge=0, le=3650)] = 30.0

    @property
    def oidc_secret(self) -> str:
        """What the provider knows this client by, empty for a public client. Raises: OSError, UnreadableFileError."""
        if self.oidc_client_secret_file:
            return read_text(Path(self.oidc_client_secret_file)).strip()
        return self.oidc_client_secret.get_secret_value()
