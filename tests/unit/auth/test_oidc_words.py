"""The sign-in page has words for each reason that the server may give."""

import re

from tests.conftest import ROOT


def test_each_refusal_has_words() -> None:
    sources = (ROOT / "app" / "auth" / "oidc").glob("*.py")
    codes = {code for file in sources for code in re.findall(r'"(sso_\w+)"', file.read_text("utf-8"))}
    logged = {"sso_refused", "sso_role_claim_absent", "sso_sign_out_here_alone", "sso_not_configured"}
    words = (ROOT / "frontend" / "src" / "features" / "signin" / "words.ts").read_text("utf-8")
    assert set(re.findall(r"^  (sso_\w+):", words, re.MULTILINE)) == codes - logged
