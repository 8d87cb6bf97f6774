import pytest

from app.processors.topics import MAX_CANDIDATES, topic_candidates


def test_what_is_said_often_comes_first() -> None:
    assert topic_candidates("a bridge and a river and a bridge")[:2] == ["bridge", "river"]


def test_names_go_before_words() -> None:
    assert topic_candidates("They asked Ruth Adeyemi for soup and blankets.")[0] == "Ruth Adeyemi"


def test_words_of_the_title_go_first() -> None:
    assert topic_candidates("music music music and the beavers", title="Beavers at work")[0] == "beavers"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("On Monday there were about twenty-eight of them.", []),
        ("From September the potatoes stay.", ["potatoes"]),
        ("Sie sah den Bahnhof und die Südstadt.", ["Bahnhof", "Südstadt"]),
        ("Elle a vu l'étalage et l'Hôtel du port.", ["Hôtel", "étalage"]),
        ("Ruth Adeyemi laughed.", ["Ruth Adeyemi", "laughed"]),
        ("Yes. No.", []),
    ],
)
def test_common_words_days_and_counts_are_no_topics(text: str, words: list[str]) -> None:
    found = topic_candidates(text)
    assert [word for word in found if word in words] == words
    assert not {"About", "about", "Monday", "September", "twenty-eight", "there"} & set(found)


def test_there_are_not_too_many() -> None:
    assert len(topic_candidates(" ".join(f"word{'x' * place}" for place in range(100)))) == MAX_CANDIDATES
