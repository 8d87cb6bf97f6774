"""Which category is meant, in the forms that models answer in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.classify import ClassifyInput, run
from app.processors.labels import find
from tests.unit.processors.played import PlayedContext

CATEGORIES = ["billing", "bug", "Bug report", "not urgent", "Café"]


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ('{"label": "bug"}', "bug"),
        ('{"Category": "bug"}', "bug"),
        ('{"predicted_class": "BUG"}', "bug"),
        ('{"sentiment": "bug"}', "bug"),
        ('{"category": ["bug"]}', "bug"),
        ('["bug"]', "bug"),
        ('[{"category": "bug"}]', "bug"),
        ('{"category": {"name": "bug"}}', "bug"),
        ('{"result": {"classification": {"label": "bug"}}}', "bug"),
        ('{"category": "bug", "confidence": 0.9, "reason": "It is not billing."}', "bug"),
        ('{"category": "bug", "alternatives": ["billing"]}', "bug"),
        ('{"category": "The category is bug."}', "bug"),
        ("{'category': 'bug',}", "bug"),
        ('"bug"', "bug"),
        ('Sure!\n```json\n{"category": "bug"}\n```\nIt crashes.', "bug"),
        ('<tool_call>{"name": "classify", "arguments": {"category": "bug"}}</tool_call>', "bug"),
        ('{"bug": 0.9, "billing": 0.1}', "bug"),
        ('{"scores": {"bug": "90 %", "billing": "10 %"}}', "bug"),
        ('{"bug": true, "billing": false}', "bug"),
        ('[{"label": "billing", "score": 0.2}, {"label": "bug", "score": 0.7}]', "bug"),
        ('{"labels": ["billing", "bug"], "scores": [0.2, 0.8]}', "bug"),
        ("**bug**", "bug"),
        ("`bug`", "bug"),
        ("- bug", "bug"),
        ("Category: bug.", "bug"),
        ("Final answer: **bug**", "bug"),
        ("Kategorie: bug", "bug"),
        ("Catégorie : bug", "bug"),
        (r"\boxed{bug}", "bug"),
        ("<category>bug</category>", "bug"),
        ("bug (the app crashes)", "bug"),
        ("bug (not billing)", "bug"),
        ("bug - the app doesn't start", "bug"),
        ("bug\n\nIt is not billing, because nothing was paid.", "bug"),
        ("The user sees the app crash; this is a bug, I think.", "bug"),
        ("This is a bug report.", "Bug report"),
        ("cafe", "Café"),
        ("CAFÉ!", "Café"),
        ("not urgent", "not urgent"),
        ("It is not urgent.", None),
        ("bug or billing", None),
        ("bug, billing", None),
        ("billing: 0.1, bug: 0.9", None),
        ("bug (or billing)", None),
        ("not billing but bug", None),
        ("It is not billing.", None),
        ("It isn't a bug.", None),
        ("Es ist kein bug.", None),
        ('{"not": "bug"}', None),
        ('{"category": ["bug", "billing"]}', None),
        ('{"category": "bug"} {"category": "billing"}', None),
        ('{"bug": 0.5, "billing": 0.5}', None),
        ('{"bug": 0, "billing": 0}', None),
        ('{"category": null}', None),
        ("{}", None),
        ("bugs", None),
        ("", None),
    ],
)
def test_a_category_is_read_where_exactly_one_is_meant(answer: str, meant: str | None) -> None:
    assert find(answer, CATEGORIES) == meant


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        *(("2", "bug"), (" 2. ", "bug"), ('"2"', "bug"), ('{"category": 2}', "bug"), ('{"category": "2"}', "bug")),
        *(("2. bug", "bug"), ("2) bug", "bug"), ("Category 2", "bug"), ("#2", "bug"), ("[2]", "bug")),
        *(("0", None), ("6", None), ("2.5", None), ("2 or 3", None), ('{"category": true}', None)),
    ],
)
def test_a_number_is_a_category_where_the_question_numbered_them(answer: str, meant: str | None) -> None:
    assert find(answer, CATEGORIES, is_numbered=True) == meant
    assert find(answer, CATEGORIES) == (meant if "bug" in answer else None)


async def test_the_question_numbers_the_categories_for_large_models() -> None:
    context = PlayedContext(["2"])
    assert (await run(ClassifyInput(text="It crashes.", categories=["billing", "bug"]), context)).category == "bug"
    assert "1. billing\n2. bug" in context.asked[0].messages[-1].content


@pytest.mark.parametrize(
    ("categories", "tokens"), [(["1", "2"], None), (["5 stars", "1 star"], None), (["a", "b"], 8192)]
)
async def test_categories_of_figures_and_those_of_small_models_have_none(
    categories: list[str], tokens: int | None
) -> None:
    context = PlayedContext([categories[1]], context_tokens=tokens)
    assert (await run(ClassifyInput(text="Hm.", categories=categories), context)).category == categories[1]
    assert f"- {categories[0]}\n- {categories[1]}" in context.asked[0].messages[-1].content


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ('{"label": "double charge"}', "double charge"),
        ('{"category": {"name": "double charge"}}', "double charge"),
        ('["double charge"]', "double charge"),
        ('{"category": "double charge", "confidence": 0.9}', "double charge"),
        ('{"topic": "double charge", "why": "It was charged twice."}', "double charge"),
        ("**double charge**", "double charge"),
        ("Label: double charge.", "double charge"),
        ('{"a": "b", "c": "d"}', None),
        ("{}", None),
    ],
)
def test_a_label_of_the_model_s_own_is_taken_out_of_its_wrapping(answer: str, label: str | None) -> None:
    assert find(answer, None) == label


NAMES = st.lists(
    st.text(st.characters(categories=["L"]), min_size=2, max_size=12), min_size=2, max_size=8, unique_by=str.casefold
)


@given(NAMES, st.data())
def test_a_category_alone_is_itself_whatever_the_others_are(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))
    for answer in (name, f"**{name}**", f'{{"category": "{name}"}}', f"Category: {name}", f"{name}."):
        assert find(answer, names) == name
