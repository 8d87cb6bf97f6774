"""CSV: what a spreadsheet would compute is shown as text, and a number stays one."""

import csv
import io

import pytest

from app.core.csv_text import line


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|'/c calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1",
        "-",
        "--5",
        "-5; =1",
        "+1 2",
        "-٣",
    ],
)
def test_a_formula_is_text(text: str) -> None:
    assert next(
        csv.reader(
            io.StringIO(
                line(
                    [text],
                ),
                newline="",
            )
        )
    ) == [f"'{text}"]


@pytest.mark.parametrize("given", ["-5", "+5", "-5.25", "-1,000.5", "-3e-7", "-12%", "5", "a=1", "", "'=1", -5, 1.5])
def test_a_number_and_a_plain_text_stay(given: object) -> None:
    assert next(csv.reader(io.StringIO(line([given, "x"])))) == [str(given), "x"]


def test_a_line_holds_what_ends_others() -> None:
    cells = ['say "hello"', "a,b", "a\r\nb", None, "ü"]
    assert line(cells).endswith("\r\n")
    assert next(csv.reader(io.StringIO(line(cells), newline=""))) == ['say "hello"', "a,b", "a\r\nb", "", "ü"]
