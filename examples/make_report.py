"""Write report.pdf: three pages of text with a real text layer, made of nothing but Python.

Run it from this folder: `python make_report.py`. The same text always gives the same bytes.
"""

import textwrap
from pathlib import Path

TITLE = "Annual Report 2025 - Harrow Bridge Water Company"

ESCAPES = {ord(char): "\\" + char for char in "()\\"}

PAGES = (
    """\
    Annual Report 2025

    1. Summary

    2025 was the first full year in which the wheel at Harrow Bridge was in operation. It produced 68,450 kilowatt
    hours of electricity, five per cent less than planned. The reason was an unusually dry summer: between 9 July
    and 30 August the flow over the weir stayed below the licensed minimum of 400 litres a second on 41 days, and on
    each of them the gate closed by itself as it should. In the wet months of January, February and November
    production was eight per cent above the plan.

    Income was 15,930 pounds, costs were 9,410 pounds, and 4,800 pounds were paid on the loan. The remaining 1,720
    pounds go to the insulation fund, which now holds 6,240 pounds. No member of the cooperative was paid for work
    in 2025. Volunteers worked about 1,900 hours, most of them clearing the rack and repairing the wall of the
    headrace.

    2. Production

    The generator ran for 7,105 hours. It stood still for 984 hours because of low water, for 412 hours because of
    maintenance, and for 259 hours because of faults. Two faults deserve to be mentioned. On 14 March a branch of an
    alder tree passed the rack and bent four buckets. They were straightened in the village and the wheel ran again
    after six days. On 2 October the inverter reported a fault of insulation. The cause was a mouse. The cable duct
    has been closed with steel wool and mortar.
    """,
    """\
    3. The river

    The fish pass was open on 361 days. The counter recorded 14,870 fish going upstream, of which 412 were sea trout
    and 29 were salmon. In 2023, before the pass was built, no salmon had been seen above the weir for more than
    eighty years. The two universities that study the pass will publish their results in 2026. Their first finding
    is that smaller fish use the pass mainly at night and avoid it when the water is warmer than nineteen degrees.

    The anglers' club checked the gauge on 11 April and on 17 October, as agreed. The first check found that the
    sensor showed twelve litres a second too much. It was calibrated again on the same day. The second check found
    no deviation. We thank the club for its care, and its chairman for the cake.

    4. Money

    Electricity for the school and the surgery brought in 5,270 pounds, electricity sold to the grid 9,480 pounds,
    and guided visits 1,180 pounds. The largest costs were insurance with 3,150 pounds, maintenance with 2,890
    pounds, rent for the land along the headrace with 1,400 pounds, and the grid connection with 1,120 pounds. The
    loan stands at 131,200 pounds and will be paid back by 2041 if nothing changes.

    The price that the grid pays will fall by about nine per cent in April 2026. The board proposes to answer this
    by selling more electricity nearby: the bakery and the village hall have both asked for a contract. A cable to
    the bakery would cost about 7,000 pounds and would pay for itself within six years.
    """,
    """\
    5. Risks

    The board sees three risks. The first is dry summers. Two years like 2025 in a row could be borne, four could
    not. The board therefore wants to build a reserve of 10,000 pounds by 2029. The second risk is people: five of
    the nine founders will leave the board within three years, and only two younger members have so far offered to
    join. The third is the eastern wall of the headrace, in which a bulge of six centimetres was measured in
    December. An engineer will look at it in February. Until then the water level in the channel is kept ten
    centimetres lower than usual, which costs about two per cent of production.

    6. Plans for 2026

    In 2026 the company will repair the eastern wall, lay the cable to the bakery if the members agree, and open the
    wheelhouse to visitors on the first Sunday of every month. A second generator was examined and rejected: the
    river does not carry enough water for it in seven months of the year.

    The annual meeting takes place on 21 March 2026 at 7 in the evening in the village hall. Members vote on the
    accounts, on the contract with the bakery and on two seats of the board. There will be soup.

    Harrow Bridge, 30 January 2026
    Margaret Olusoga, chair
    """,
)


def _lines(page: str) -> list[str]:
    """Return the page's lines as printed; a blank line parts paragraphs."""
    paragraphs = [" ".join(part.split()) for part in page.split("\n\n")]
    return [line for paragraph in paragraphs for line in [*textwrap.wrap(paragraph, 88), ""]]


def _content(page: str) -> bytes:
    rows = [f"({line.translate(ESCAPES)}) Tj T*" for line in _lines(page)]
    return "\n".join(["BT /F1 11 Tf 15 TL 60 780 Td", *rows, "ET"]).encode("cp1252")


def _pdf() -> bytes:
    first_page = 4
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(PAGES)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(PAGES)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(PAGES):
        content = _content(page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {first_page + 2 * number + 1} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects.append(f"<< /Title ({TITLE}) >>".encode())
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


if __name__ == "__main__":
    Path(__file__).with_name("report.pdf").write_bytes(_pdf())
