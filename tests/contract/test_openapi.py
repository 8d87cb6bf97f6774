"""The committed OpenAPI document is the application's own; clients are generated from it."""

import json
from pathlib import Path

from app.core.settings import Settings
from app.jobs.states import ShownStatus
from app.main import create_app
from app.openapi import DOCUMENT, render

PROBLEM = "application/problem+json"
OPEN = {("post", "/api/v1/session"), ("delete", "/api/v1/session")}


def test_the_committed_document_is_the_application_s(settings: Settings) -> None:
    assert Path(DOCUMENT).read_text("utf-8") == render(create_app(settings)), "run `make openapi` and commit it"


def test_every_closed_route_names_its_credentials_and_its_problems(settings: Settings) -> None:
    document = json.loads(render(create_app(settings)))
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            assert operation["description"], f"{verb} {path} is not described"
            if path.startswith("/api/") and (verb, path) not in OPEN:
                assert operation["security"], f"{verb} {path} names no credential"
                assert PROBLEM in operation["responses"]["4XX"]["content"]


def test_the_states_of_the_document_are_the_shown_ones(settings: Settings) -> None:
    document = json.loads(render(create_app(settings)))
    assert document["components"]["schemas"]["ShownStatus"]["enum"] == [status.value for status in ShownStatus]
