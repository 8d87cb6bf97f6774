"""A worker may have as many files open as its slots need, or says why not."""

import resource
import subprocess
import sys

import pytest

from app.core import open_files
from app.core.settings import SettingsError, load_settings

RAISED = """
import resource
from app.core import open_files
from app.core.settings import load_settings
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))
open_files.allow(load_settings(worker_concurrency=1000))
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_the_limit_is_raised_to_what_is_needed() -> None:
    told = subprocess.run((sys.executable, "-c", RAISED), capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == str((open_files.needed(load_settings(worker_concurrency=1000)), 4096))


def test_what_does_not_fit_is_refused_by_the_setting_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    with pytest.raises(SettingsError) as refused:
        open_files.allow(load_settings(worker_concurrency=10_000))
    assert str(refused.value).startswith("WORKER_CONCURRENCY: 10000 jobs at once need 202")
    assert "4096" in str(refused.value)


@pytest.mark.parametrize("limits", [(1024, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)])
def test_no_limit_is_enough(limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: limits)
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    open_files.allow(load_settings(worker_concurrency=10_000))
