"""Judges the settings as a whole before anything starts: their own rules, and what only the rooms can read of them."""

from collections.abc import Callable, Iterator

from app.auth.oidc.rules import read_rules
from app.core.settings import Settings, SettingsError, read_settings
from app.governor.limiter.limits import Limits
from app.governor.limiter.quota import parse_quota
from app.jobs import retry
from app.llm.catalog_source import load_catalog
from app.processors.ocr import languages_for
from app.processors.prompts.own import read_own
from app.storage.contents import Contents


def load(*needed: str, ocr: bool = True) -> Settings:
    """Return this process's settings, read anew, when nothing is wrong with any of them.

    `needed` are those without which the process cannot work; without `ocr` it is not asked what Tesseract has.
    Raises: SettingsError with a line for each fault.
    """
    settings, lines = read_settings()
    if lines := (*lines, *faults(settings, *needed, ocr=ocr, known=lines)):
        raise SettingsError(*lines)
    return settings


def check(settings: Settings, *needed: str, ocr: bool = True) -> None:
    """Judge settings that were read. Raises: SettingsError with a line for each fault."""
    if lines := tuple(faults(settings, *needed, ocr=ocr)):
        raise SettingsError(*lines)


def faults(settings: Settings, *needed: str, ocr: bool, known: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is wrong beside the lines that are known, so that each setting is named once."""
    try:
        parse_quota(settings.llm_quota)
    except ValueError as error:
        yield f"LLM_QUOTA: {error}"
        settings = settings.model_copy(update={"llm_quota": ""})  # so that it is told once
    checks: tuple[Callable[[], object], ...] = (
        lambda: settings.need(*needed),
        lambda: Limits(load_catalog(settings)),
        lambda: read_own(settings),
        lambda: read_rules(settings),
        lambda: retry.with_schedules(settings.retry_schedules),
        lambda: Contents(settings.uploads_dir, settings.files_url),
        *((lambda: languages_for(settings),) if ocr else ()),
    )
    names = {_name(line) for line in known}
    for one in checks:
        try:
            one()
        except SettingsError as error:
            yield from (line for line in error.lines if _name(line) not in names)


def _name(line: str) -> str:
    return line.partition(":")[0]
