"""The text of one part of a DOCX, as Word shows it when all tracked changes are accepted."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from app.documents.formats.docx_formulas import FORMULAS, on_one_line
from app.documents.formats.docx_lists import Lists, number
from app.documents.formats.markup import Node
from app.documents.formats.writer import labelled

_GONE: Final = frozenset(
    {"del", "moveFrom", "rPr", "pPr", "sdtPr", "instrText", "delText", "delInstrText", "rt", "rPrChange"}
)
_DRAWN: Final = frozenset({"drawing", "pict", "object"})
_OFF: Final = frozenset({"0", "false", "off"})
_SIGNS: Final = {"tab": "\t", "cr": "\n", "br": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_CONTAINERS: Final = frozenset(
    {"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "body", "AlternateContent", "Choice", "docPartBody"}
)
_MAX_SPAN: Final = 200
_PRIVATE: Final = range(0xF000, 0xF100)  # where symbol fonts keep their letters
_SYMBOLS: Final = {0xFE: "☒", 0xFD: "☒", 0xFC: "✓", 0xA8: "☐", 0x6F: "☐", 0xB7: "•", 0xA7: "•", 0xE0: "→"}

Rows = list[list[str]]
Block = str | Rows


class Style(NamedTuple):
    """What a style says of its paragraphs or runs."""

    is_hidden: bool = False
    list_number: str = ""
    list_level: str = ""


class Shared:
    """What all parts of one document share."""

    def __init__(self, styles: dict[str, Style], lists: Lists) -> None:
        self.styles = styles
        self.lists = lists
        self.references: dict[tuple[str, str], int] = {}  # (footnote or endnote, id) → number in the text
        self.has_hidden = False
        self.has_changes = False


class Story:
    """Walks one part; `drawn` gives the texts of a chart or diagram that a drawing points at."""

    def __init__(self, shared: Shared, drawn: Callable[[str], str]) -> None:
        self._shared = shared
        self._drawn = drawn
        self._boxes: list[str] = []
        self._carried = ""  # the text of a paragraph whose end was deleted

    def blocks(self, node: Node) -> Iterator[Block]:
        """Yield paragraphs and tables below an element; text boxes follow their paragraph."""
        for child in node:
            if child.tag == "p":
                yield from self._paragraph(child)
            elif child.tag == "tbl":
                yield from self._table(child)
            elif child.tag == "altChunk":
                yield self._drawn(child.get("r:id"))
            elif child.tag in _CONTAINERS:
                yield from self.blocks(child)
        if node.tag not in _CONTAINERS or node.tag == "body":
            yield self._carried
            self._carried = ""

    def text(self, node: Node) -> str:
        """Return all blocks below an element as lines."""
        return "\n".join(filter(None, map(flat, self.blocks(node))))

    def _paragraph(self, node: Node) -> Iterator[str]:
        properties = node.find("pPr")
        is_joined = properties is not None and _has(properties, "rPr", "del", "moveFrom")
        found = self._carried + self._inline(node)
        self._carried = ""
        if is_joined:
            self._shared.has_changes = True
            self._carried = found
        elif found.strip():
            label = self._label(properties) if properties is not None else ""
            yield f"{label} {found.strip()}" if label else found.strip()
        boxes, self._boxes = self._boxes, []
        yield from boxes

    def _label(self, properties: Node) -> str:
        style = properties.find("pStyle")
        name = style.get("val") if style is not None else ""
        kept = self._shared.styles.get(name, Style())
        listed = properties.find("numPr")
        own = {child.tag: child.get("val") for child in listed} if listed is not None else {}
        list_number = own.get("numId") or kept.list_number
        if not list_number or list_number == "0":
            return ""
        level = own.get("ilvl") or kept.list_level
        place = number(level) if level else self._shared.lists.level_of_style(list_number, name)
        return self._shared.lists.label(list_number, place)

    def _inline(self, node: Node) -> str:
        return "".join(self._pieces(node))

    def _pieces(self, node: Node) -> Iterator[str]:
        for child in node:
            tag = child.tag
            if tag == "t":
                yield child.text()
            elif tag in _GONE:
                self._shared.has_changes |= tag in ("del", "moveFrom")
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == "r" and self._is_hidden(child):
                self._shared.has_hidden = True
            elif tag in _DRAWN:
                yield self._drawing(child)
            else:
                yield self._special(child)

    def _special(self, node: Node) -> str:
        if node.tag in ("footnoteReference", "endnoteReference"):
            key = (node.tag.removesuffix("Reference"), node.get("id"))
            return f"[{self._shared.references.setdefault(key, len(self._shared.references) + 1)}]"
        if node.tag in FORMULAS:
            return on_one_line(node, self._inline)
        if node.tag in ("sym", "ffData"):
            return _symbol(node.get("char")) if node.tag == "sym" else _form_field(node)
        parts = {"AlternateContent": self._chosen, "ruby": self._ruby}
        return parts.get(node.tag, self._inline)(node)

    def _is_hidden(self, run: Node) -> bool:
        properties = run.find("rPr")
        if properties is None:
            return False
        own = properties.find("vanish")
        if own is not None:
            return own.get("val", "1") not in _OFF
        style = properties.find("rStyle")
        return style is not None and self._shared.styles.get(style.get("val"), Style()).is_hidden

    def _chosen(self, node: Node) -> str:
        """Return the text of the first of the alternatives in which something is written."""
        for child in node:
            boxes = len(self._boxes)
            found = self._inline(child)
            if found or len(self._boxes) > boxes:
                return found
        return ""

    def _drawing(self, node: Node) -> str:
        for box in node.all("txbxContent"):
            outer, self._boxes = self._boxes, []
            written = self.text(box)
            self._boxes = [*outer, labelled("Text box", [written])]
        for pointer in node.all("chart", "relIds"):
            self._boxes.append(self._drawn(pointer.get("r:id") or pointer.get("r:dm")))
        descriptions = dict.fromkeys(_descriptions(node))
        return "".join(f"[{' '.join(text.split())}]" for text in descriptions if text.strip())

    def _ruby(self, node: Node) -> str:
        base, above = node.find("rubyBase"), node.find("rt")
        read = self._inline(above) if above is not None else ""
        return (self._inline(base) if base is not None else "") + (f"({read})" if read else "")

    def _table(self, node: Node) -> Iterator[Block]:
        rows = [row for row in (self._row(child) for child in _inside(node, "tr")) if row]
        if len(rows) == 1 and len(rows[0]) == 1:
            yield rows[0][0]  # a frame around text
        elif rows:
            yield rows

    def _row(self, node: Node) -> list[str]:
        properties = node.find("trPr")
        if properties is not None and properties.find("del") is not None:
            self._shared.has_changes = True
            return []
        before = properties.find("gridBefore") if properties is not None else None
        row = [""] * min(number(before.get("val")) if before is not None else 0, _MAX_SPAN)
        for cell in _inside(node, "tc"):
            row += self._cell(cell)
        return row

    def _cell(self, node: Node) -> list[str]:
        properties = node.find("tcPr")
        if properties is None:
            return [self.text(node)]
        if properties.find("cellDel") is not None:
            return []
        span = properties.find("gridSpan")
        merged = properties.find("vMerge")
        goes_on = merged is not None and merged.get("val") != "restart"
        width = max(1, min(number(span.get("val"), 1), _MAX_SPAN)) if span is not None else 1
        return ["" if goes_on else self.text(node), *[""] * (width - 1)]


def flat(block: Block) -> str:
    """Return a block as text; a table's row is a line."""
    return block if isinstance(block, str) else "\n".join(" | ".join(filter(None, row)) for row in block)


def _inside(node: Node, tag: str) -> Iterator[Node]:
    for child in node:
        if child.tag == tag:
            yield child
        elif child.tag in _CONTAINERS:
            yield from _inside(child, tag)


def _has(node: Node, tag: str, *within: str) -> bool:
    found = node.find(tag)
    return found is not None and any(found.find(name) is not None for name in within)


def _descriptions(node: Node) -> Iterable[str]:
    """Yield what a picture's author wrote for those who do not see it."""
    for child in node.all("docPr", "shape", "imagedata"):
        yield child.get("descr") or child.get("alt")


def _form_field(node: Node) -> str:
    box = node.find("checkBox")
    if box is not None:
        mark = box.find("checked")
        mark = mark if mark is not None else box.find("default")
        return "☒" if mark is not None and mark.get("val", "1") not in _OFF else "☐"
    choice = node.find("ddList")
    if choice is None:
        return ""
    entries = [child.get("val") for child in choice if child.tag == "listEntry"]
    result = choice.find("result")
    place = number(result.get("val")) if result is not None else 0
    return entries[place] if place < len(entries) else ""


def _symbol(code: str) -> str:
    try:
        place = int(code, 16)
    except ValueError:
        return ""
    if place in _PRIVATE:
        return _SYMBOLS.get(place - _PRIVATE.start, "")
    return chr(place) if 0x20 <= place < 0xD800 else ""  # noqa: PLR2004 - the letters below the surrogates
