"""What the model says to a request: text, or the smallest JSON that fits the schema that goes along."""

import json
from collections.abc import Mapping
from typing import Any

from app.llm.schema_example import minimal_instance
from tests.scripted_model.plan import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER
from tests.scripted_model.request import Request, wanted_schema


def ordinary_text(request: Request) -> str:
    """Return what fits the schema asked for, else a text that names job, attempt and step."""
    schema = wanted_schema(request)
    if schema is not None:
        return json.dumps(minimal_instance(_filled(schema) if request.has_images else schema))
    job, attempt, step = (request.headers.get(name, "-") for name in (JOB_HEADER, ATTEMPT_HEADER, STEP_HEADER))
    return f"Scripted answer to job {job}, attempt {attempt}, step {step}."


def _filled(schema: object) -> Any:
    """Return a schema whose arrays have something in them: on the picture of a page there is an article."""
    if isinstance(schema, list):
        return [_filled(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: _filled(value) for name, value in schema.items()}
    return found | {"minItems": max(1, found.get("minItems", 1))} if found.get("type") == "array" else found
