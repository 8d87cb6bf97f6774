"""Each of our own rules finds what it is for, and leaves alone what should be written instead."""

import json
import subprocess

import pytest
import yaml

from tests.conftest import ROOT

RULES = ROOT / ".semgrep" / "rules.yaml"
SEMGREP = ROOT / ".cache" / "semgrep" / "bin" / "semgrep"

EXAMPLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "formatted-sql": (
        (
            'await connection.execute(f"DELETE FROM {table}")',
            'connection.execute("DELETE FROM jobs WHERE id = " + job_id)',
            'text("SELECT %s" % name)',
            'text("SELECT {}".format(name))',
            'await connection.fetchrow(f"SELECT {name}")',
        ),
        ('text("SELECT now()")', 'await connection.execute(statement, {"id": job_id})', "text(STATEMENT)"),
    ),
    "certificate-not-checked": (
        ("httpx2.AsyncClient(timeout=5, verify=False)", "context.check_hostname = False", "connect(url, ssl=False)"),
        ("httpx2.AsyncClient(timeout=5, verify=certificates())", "context.check_hostname = True"),
    ),
    "secret-in-log": (
        (
            '_log.info("signed_in", token=token)',
            '_log.warning("refused", api_key=shown)',
            'logger.debug("started", url=settings.database_url.get_secret_value())',
        ),
        ('_log.info("signed_in", key_id=key_id)', '_log.info("tokens_used", tokens=7)', 'cache.get("x", key=key)'),
    ),
    "secret-compared-with-equals": (
        ("digest == expected", "shown != self.password", "shown == settings.service_token.get_secret_value()"),
        (
            'password == ""',
            "hmac.compare_digest(digest, expected)",
            "digest_count == 3",
            "tokens.c.token_sha256 == digest",
        ),
    ),
    "page-of-a-callers-text": (
        ('HTMLResponse(f"<p>{name}</p>")', 'HTMLResponse("<p>" + name)', 'Response(page, media_type="text/html")'),
        ("HTMLResponse(page)", 'Response(content, media_type="application/json")'),
    ),
    "open-redirect": (
        ('RedirectResponse(request.query_params["next"])', "RedirectResponse(url, 303)"),
        ('RedirectResponse("/jobs")', 'RedirectResponse(link(request, "/jobs"), status_code=303)'),
    ),
    "client-address-read-elsewhere": (
        ("address = request.client.host", 'address = scope["client"]', 'request.headers.get("x-forwarded-for")'),
        ("address = host_of(request)", "name = client.hostname"),
    ),
    "token-decoded-without-algorithms": (
        (
            "jwt.decode(token, key)",
            'jwt.decode(token, key, options={"require": ["exp"]})',
            'jwt.decode(token, key, algorithms=["HS256"])',
        ),
        ('jwt.decode(token, key, algorithms=["HS256"], issuer=ISSUER, options={"require": ["exp"]})',),
    ),
    "http-client-without-timeout": (
        ("httpx2.AsyncClient(base_url=url)", "urllib.request.urlopen(url)"),
        ("httpx2.AsyncClient(base_url=url, timeout=5)", "urllib.request.urlopen(url, timeout=5)"),
    ),
    "cookie-that-scripts-read": (
        ('response.set_cookie("a", "b")', 'response.set_cookie("a", "b", samesite="strict")'),
        ('response.set_cookie("a", "b", httponly=True, samesite="strict")',),
    ),
    "machine-clock-decides": (
        ("is_over = row.expires_at < utc_now()", "left = utc_now() - begun"),
        ("name = utc_now().isoformat()", "left_s = monotonic_s() - begun_s"),
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Each rule that speaks, with the line it speaks of; all examples lie in one file each."""
    folder = tmp_path_factory.mktemp("examples")
    lines = sorted({line for examples in EXAMPLES.values() for kind in examples for line in kind})
    (folder / "examples.py").write_text("async def example():\n" + "".join(f"    {line}\n" for line in lines))
    argv = [
        str(SEMGREP),
        "scan",
        "--config",
        str(RULES),
        "--metrics=off",
        "--disable-version-check",
        "--no-git-ignore",
        "--json",
    ]
    ended = subprocess.run([*argv, "examples.py"], cwd=folder, capture_output=True, check=True)
    answer = json.loads(ended.stdout)
    assert answer["errors"] == []
    return {(one["check_id"].rpartition(".")[2], lines[one["start"]["line"] - 2]) for one in answer["results"]}


def test_each_rule_has_examples() -> None:
    assert [one["id"] for one in yaml.safe_load(RULES.read_text())["rules"]] == list(EXAMPLES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_finds_the_bad_and_leaves_the_good(found: set[tuple[str, str]], rule: str) -> None:
    bad, good = EXAMPLES[rule]
    assert {line for name, line in found if name == rule} >= set(bad)
    assert not [one for one in found if one[1] in good]
