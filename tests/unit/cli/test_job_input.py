import pytest
import typer

from app.cli.job_input import build


def test_a_file_s_fields_and_pages_are_part_of_it() -> None:
    assert build(given={"file_id": "f"}, pages="1-5") == {"file_id": "f", "pages": "1-5"}


def test_single_fields_win_over_the_whole_input() -> None:
    fields = build(
        whole='{"text": "a", "max_words": 9}',
        categories="red, green,",
        target_language="French",
        assignments=["max_words=50", "tone=dry", 'schema={"name": "string"}', "text=b=c"],
    )
    assert fields == {
        "text": "b=c",
        "max_words": 50,
        "categories": ["red", "green"],
        "target_language": "French",
        "tone": "dry",
        "schema": {"name": "string"},
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"whole": "{"}, "is not JSON"),
        ({"whole": "[1]"}, "not a JSON object"),
        ({"assignments": ["nothing"]}, "name=value"),
        ({"assignments": ["=1"]}, "name=value"),
    ],
)
def test_what_cannot_be_an_input_is_a_usage_error(given: dict[str, object], said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        build(**given)  # type: ignore[arg-type]
