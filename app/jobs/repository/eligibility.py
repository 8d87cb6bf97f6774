"""Eligibility: the job types and models that each worker knows, so that no worker gets a job that it cannot run.

While versions stand side by side, the API may accept what an older worker has never heard of. Such a job waits for a
worker that knows it; its attempts are not spent.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, cast, column, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.jobs.repository.sql import jobs
from app.processors import registry


@dataclass(frozen=True, slots=True)
class Known:
    """What one worker can run: job types with the fingerprint of each one's input, and names of models.

    None: it never said, as workers before 0013 do not; taken for any.
    """

    types: Mapping[str, str] | None = None
    models: Sequence[str] | None = None

    def knows(self, job_type: str, model: str | None) -> bool:
        """Say whether this worker can run a job of a type that asks for a model, or for none."""
        return self.knows_type(job_type) and self.knows_model(model)

    def knows_type(self, job_type: str) -> bool:
        """Say whether this worker knows a job type."""
        return self.types is None or job_type in self.types

    def knows_model(self, model: str | None) -> bool:
        """Say whether this worker knows the name of a model."""
        return self.models is None or model is None or model in self.models


ANYTHING = Known()


def here(models: Sequence[str]) -> Known:
    """Return what this process knows; `models` are the names of its catalogue."""
    return Known({one.name: fingerprint(one) for one in registry.all_types()}, tuple(models))


def fingerprint(job_type: registry.AnyJobType) -> str:
    """Return a short name of the form of a type's input: another version's may take other inputs."""
    schema = json.dumps(job_type.input_model.model_json_schema(), sort_keys=True)
    return hashlib.sha256(schema.encode()).hexdigest()[:12]


_types = bindparam("known_types", type_=ARRAY(Text))
_models = bindparam("known_models", type_=ARRAY(Text))


def _is_known(types: ColumnElement[Any], models: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a job's type and model are among these arrays, or that these are null."""
    return and_(
        or_(types.is_(None), jobs.c.type == func.any(types)),
        or_(models.is_(None), jobs.c.requested_model.is_(None), jobs.c.requested_model == func.any(models)),
    )


KNOWN_HERE = _is_known(_types, _models)  # by the worker of `parameters`


def parameters(known: Known) -> dict[str, Any]:
    """Return what KNOWN_HERE needs."""
    return {
        "known_types": None if known.types is None else list(known.types),
        "known_models": None if known.models is None else list(known.models),
    }


_worker = (
    func.jsonb_to_recordset(cast(bindparam("known_by", type_=Text), JSONB))
    .table_valued(column("types", ARRAY(Text)), column("models", ARRAY(Text)), name="worker")
    .render_derived(name="worker", with_types=True)
)
# by one of the workers of `profiles`
KNOWN_BY_SOME = select(literal(1)).select_from(_worker).where(_is_known(_worker.c.types, _worker.c.models)).exists()


def profiles(workers: Iterable[Known]) -> str:
    """Return what KNOWN_BY_SOME needs, as JSON: each different worker once; of no worker anything is believed."""
    different = {json.dumps(_profile(one), sort_keys=True) for one in workers}
    return f"[{','.join(sorted(different)) or '{}'}]"


def _profile(known: Known) -> dict[str, list[str]]:
    found = {} if known.types is None else {"types": sorted(known.types)}
    return found if known.models is None else {**found, "models": sorted(known.models)}
