"""Each document of the corpus is read rightly, or the pages that nobody can read rightly are flagged."""

import pytest

from app.documents.pdf.document import read
from tests.corpus.measure import MAX_BROKEN, MIN_KEPT, MIN_ORDER, Reading, Score, measure
from tests.corpus.truth import DOCUMENTS, Truth, load, names

SHOWN = 12


def _read(truth: Truth) -> Reading:
    document = read(truth.content, 1, None, "auto")
    return Reading(
        pages=tuple(page.text for page in document.pages),
        rows=tuple(row for page in document.pages for table in page.tables for row in table.rows),
        flagged=tuple(page.number for page in document.pages if page.is_doubtful),
    )


def _told(score: Score) -> str:
    missing, surplus = (" ".join(map(repr, list(words)[:SHOWN])) for words in (score.missing, score.surplus))
    return f"missing: {missing}; not in the truth: {surplus}"


@pytest.mark.parametrize("name", names())
def test_a_document_is_read_rightly_or_flagged(name: str) -> None:
    truth = load(name)
    score = measure(truth, _read(truth))
    assert not score.wrong_unflagged, "pages that cannot be right are not flagged"
    assert not score.right_flagged, "pages that can be right are flagged"
    assert score.kept >= MIN_KEPT, _told(score)
    assert score.broken <= MAX_BROKEN, _told(score)
    assert score.order >= MIN_ORDER
    assert score.whole_rows == score.rows


def test_the_corpus_is_small_and_of_many_kinds() -> None:
    truths = [load(name) for name in names()]
    assert sum(path.stat().st_size for path in DOCUMENTS.glob("*.pdf")) <= 2_500_000
    assert {path.stem for path in DOCUMENTS.glob("*.pdf")} == set(names())
    assert len(truths) >= 44
    assert len({truth.producer for truth in truths}) >= 7
    assert len({truth.kind for truth in truths}) >= 30
