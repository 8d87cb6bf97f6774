"""Which job types exist: the built-in ones and those that installed packages add."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from app.core.settings import Settings
from app.processors import prompts
from app.processors.base import JobType
from app.processors.plug_in import fault_in
from app.processors.prompts.own import read_own

ENTRY_POINT_GROUP = "headrace.job_types"
BUILT_IN = ("summarize", "translate", "classify", "data_extraction", "file", "pdf_extract", "echo")

AnyJobType = JobType[Any, Any]

_log = logging.getLogger(__name__)


def get(name: str) -> AnyJobType | None:
    """Return the job type of this name, or None."""
    return _types().get(name)


def all_types() -> list[AnyJobType]:
    """Return every job type, sorted by name."""
    return list(_types().values())


def load(settings: Settings) -> None:
    """Load all job types with the prompts that count, at the start of a process: what is wrong with them is said then.

    Raises: SettingsError for PROMPTS_DIR.
    """
    prompts.use(read_own(settings))
    _types()


@lru_cache(maxsize=1)
def _types() -> Mapping[str, AnyJobType]:
    found = _built_in()
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: (point.name, point.value)):
        where = f"{point.name} = {point.value}"
        try:
            job_type = point.load()
        except (Exception, SystemExit):  # noqa: BLE001 - whatever a plug-in's import raises
            _log.exception("job type plug-in %s cannot be loaded and is left out", where)
            continue
        if not isinstance(job_type, JobType):
            _log.error("job type plug-in %s is no JobType and is left out", where)
        elif fault := fault_in(job_type):
            _log.error("job type plug-in %s is left out: %s", where, fault)
        elif job_type.name in found:
            _log.error("job type plug-in %s: the name %r is taken; it is left out", where, job_type.name)
        else:
            found[job_type.name] = job_type
    return dict(sorted(found.items()))


def _built_in() -> dict[str, AnyJobType]:
    modules = (import_module(f"app.processors.{name}") for name in BUILT_IN)
    return {module.JOB_TYPE.name: module.JOB_TYPE for module in modules}
