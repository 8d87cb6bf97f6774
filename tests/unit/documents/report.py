"""A report with a text layer."""

from tests.conftest import ROOT

REPORT = (ROOT / "examples" / "report.pdf").read_bytes()
