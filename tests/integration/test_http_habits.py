"""What HTTP clients do out of habit, on every route: HEAD, OPTIONS, a slash at the end, parameters with a typo."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI

from app.api_routes import PROBES
from app.auth.oidc.provider import CALLBACK_PATH

JOBS = "/api/v1/jobs"
JOB = {"type": "echo", "input": {"message": "hello"}}
READS = {"GET", "HEAD", "OPTIONS"}


LENIENT = {*PROBES, CALLBACK_PATH}  # where others write what stands behind the question mark


def _url(path: str) -> str:
    path = path.replace("{job_id}", "01a2007e-55ab-75a9-938d-01e576015f74")
    return re.sub(r"{\w+}", "1", path)


def _paths(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    """Yield each path with the methods that the document names."""
    for path, verbs in app.openapi()["paths"].items():
        yield _url(path), {verb.upper() for verb in verbs}


async def test_head_is_get_without_the_body_on_every_route(app: FastAPI, client: httpx2.AsyncClient) -> None:
    urls = [url for url, methods in _paths(app) if "GET" in methods]
    assert len(urls) > 25
    for url in [*urls, "/openapi.json", "/docs"]:
        full, head = await client.get(url), await client.head(url)
        assert (head.status_code, head.content) == (full.status_code, b""), url
        assert head.headers["content-type"] == full.headers["content-type"], url


async def test_probes_need_no_credential_for_head(anonymous: httpx2.AsyncClient) -> None:
    assert [(await anonymous.head(path)).status_code for path in ("/live", "/ready", "/health")] == [200] * 3


async def test_what_a_path_can_do_is_said_by_options_and_with_every_405(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    shared: dict[str, set[str]] = {}
    for url, methods in _paths(app):
        shared.setdefault(url, set()).update(methods)
    for url, methods in shared.items():
        expected = methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}
        options = await client.options(url)
        assert (options.status_code, options.content) == (204, b"")
        assert set(options.headers["allow"].split(", ")) == expected, url
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} - set(options.headers["allow"].split(", ")):
            refused = await client.request(method, url)
            assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed"), f"{method} {url}"
            assert refused.headers["allow"] == options.headers["allow"]
            assert refused.headers["allow"] in refused.json()["detail"]


async def test_what_is_not_there_is_a_404_for_every_method(client: httpx2.AsyncClient) -> None:
    for path in ("/api/v1/nothing", "/api", "/v1/chat/completions", "/healthz", "/live/x", "/elsewhere"):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = await client.request(method, path, headers={"Accept": "application/json"})
            shown = (answer.status_code, answer.headers["content-type"])
            assert shown == (404, "application/problem+json"), f"{method} {path}"


async def test_a_slash_at_the_end_changes_nothing(client: httpx2.AsyncClient) -> None:
    keyed = {"Idempotency-Key": "once"}
    plain = await client.post(JOBS, json=JOB, headers=keyed)
    slashed = await client.post(f"{JOBS}/", json=JOB, headers=keyed)
    assert (slashed.status_code, slashed.json()) == (202, plain.json())
    assert slashed.headers["location"] == plain.headers["location"]
    assert slashed.headers["idempotency-replayed"] == "true"
    job = await client.get(f"{plain.headers['location']}//")
    assert (job.status_code, job.json()["id"]) == (200, plain.json()["id"])
    assert (await client.get("/live/")).status_code == 200
    missing = await client.get("/api/v1/nothing/")
    assert (missing.status_code, missing.json()["instance"]) == (404, "/api/v1/nothing")
    await client.post(JOBS, json=JOB)
    assert (await client.get(f"{JOBS}/", params={"limit": 1})).headers["link"].startswith(f"<{JOBS}?limit=1&cursor=")


async def test_an_unknown_parameter_is_refused_on_every_route(app: FastAPI, client: httpx2.AsyncClient) -> None:
    paths = {path: verbs for path, verbs in app.openapi()["paths"].items() if path not in LENIENT}
    for path, verbs in paths.items():
        for verb, operation in verbs.items():
            known = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            answer = await client.request(verb, _url(path), params={"nope": "1"})
            assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter"), f"{verb} {path}"
            fault = answer.json()["errors"][0]
            assert fault["pointer"] == "#query/nope"
            assert all(name in fault["detail"] for name in known)


@pytest.mark.parametrize("path", PROBES)
async def test_a_probe_may_have_any_query(anonymous: httpx2.AsyncClient, path: str) -> None:
    assert (await anonymous.get(f"{path}?t=1&t=2")).status_code == (await anonymous.get(path)).status_code != 422


REFUSED_QUERIES = {
    "metadata=x": ["#query/metadata"],
    "Limit=5": ["#query/Limit"],
    "limit=5&limit=6": ["#query/limit"],
    "limit=5&limit=5": ["#query/limit"],
    "statuss=failed&typ=echo&limit=1": ["#query/statuss", "#query/typ"],
    "flag": ["#query/flag"],
    "%6cimit=1&li%6Dit=2": ["#query/limit"],
    "&".join(f"a{number}=1" for number in range(200)): ["#query"],
}


async def test_a_list_never_ignores_a_filter(client: httpx2.AsyncClient) -> None:
    for query, pointers in REFUSED_QUERIES.items():
        answer = await client.get(f"{JOBS}?{query}")
        assert answer.status_code == 422, query
        assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    for query in ("", "?", "?&", "?limit=5&type=echo"):
        assert (await client.get(f"{JOBS}{query}")).status_code == 200


async def test_a_stranger_hears_nothing_of_parameters(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.get(f"{JOBS}?nope=1")).status_code == 401
