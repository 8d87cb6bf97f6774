"""What an API key that names job types or models may touch: the jobs that it might have submitted itself, and no other.

Whatever is done to a job asks here, and so does what calls a model without a job. Reading is another matter: a key
reads all jobs of its team.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from app.auth.caller import Caller
from app.core.errors import FieldError, HeadraceError

MOST_NEAR = 3


class TypeNotAllowedError(HeadraceError):
    """The caller's key is for jobs of other types."""

    status, code, title = 403, "job_type_not_allowed", "The key is for other job types"


class ModelNotAllowedError(HeadraceError):
    """The caller's key is for other models."""

    status, code, title = 403, "model_not_allowed", "The key is for other models"


@dataclass(frozen=True, slots=True)
class Nameable:
    """What keys may name. `models`: each name that a job may give, aliases too, with the models that it stands for."""

    job_types: Collection[str] = ()
    models: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def reached(self, names: Collection[str]) -> frozenset[str]:
        """Return these names of models, and all others that stand for no model but theirs."""
        asked = frozenset[str]().union(*(self.models.get(name, frozenset()) for name in names))
        return frozenset(names) | {name for name, models in self.models.items() if models <= asked}

    def faults_in(self, job_types: Collection[str] | None, models: Collection[str] | None) -> list[FieldError]:
        """Return a fault for each name of a key that is none of ours."""
        lists = (("job_types", "job type", job_types, self.job_types), ("models", "model", models, self.models))
        return [
            FieldError(f"#/{member}/{index}", _unknown(what, name, known))
            for member, what, names, known in lists
            for index, name in enumerate(names or ())
            if name not in known
        ]


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=MOST_NEAR)
    perhaps = f", perhaps {' or '.join(map(repr, near))}" if near else ""
    return f"no {what} {name!r}{perhaps}; there are: {', '.join(known)}"


def refuse_type(caller: Caller, job_type: str) -> None:
    """Raise TypeNotAllowedError for a job type that the caller's key is not for."""
    if caller.job_types is not None and job_type not in caller.job_types:
        allowed = ", ".join(sorted(caller.job_types))
        raise TypeNotAllowedError(f"This API key is not for jobs of the type {job_type!r}, but of: {allowed}.")


def refuse_model(caller: Caller, model: str | None) -> None:
    """Raise ModelNotAllowedError for a model or alias that the caller's key is not for; None: no model is asked."""
    if caller.models is not None and model is not None and model not in caller.models:
        allowed = ", ".join(sorted(caller.models))
        raise ModelNotAllowedError(f"This API key is not for the model {model!r}, but for: {allowed}.")


def refuse_job(caller: Caller, job_type: str, model: str | None) -> None:
    """Raise TypeNotAllowedError or ModelNotAllowedError for a job that the caller's key might not have submitted."""
    refuse_type(caller, job_type)
    refuse_model(caller, model)
