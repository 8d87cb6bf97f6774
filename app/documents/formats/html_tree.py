"""Walk the tree of a page, without recursion: strangers nest a hundred thousand elements."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

_UNSEEN: Final = frozenset(
    (
        "script", "style", "template", "noscript", "head", "iframe", "object", "embed", "canvas", "datalist", "audio",
        "video",
    )
)  # fmt: skip
_BLOCKS: Final = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
        "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
        "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre",
        "section", "summary", "table", "tbody", "td",
        "tfoot", "th", "thead", "tr", "ul",
    )
)  # fmt: skip
_SAME_BLOCK: Final = frozenset(("li", "ul", "ol", "menu", "dt", "dd", "tr"))  # a line of its own, no blank one before
_HIDDEN_STYLE: Final = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_MARKS: Final = str.maketrans({"\xa0": " ", "\xad": "", "\u200b": "", "\ufeff": ""})
_MAX_SPAN: Final = 200
_MAX_INDENT: Final = 10
_MAX_DIGITS: Final = 6
_GROUPS: Final = ("tbody", "thead", "tfoot")  # a parser of HTML puts every row into one
_SHOWN_INPUTS: Final = frozenset(("text", "email", "number", "date", "tel", "url", "button", "submit"))
_MIN_TABLE: Final = 2  # rows and columns; less is a frame around text
_TEXT: Final = "-text"

Rows = list[list[str]]
Block = str | Rows


class Page:
    """One parsed page."""

    def __init__(self, text: str) -> None:
        """Parse it; HTML cannot be wrong."""
        self._parser = LexborHTMLParser(text)
        found = self._parser.css_first("title")
        self.title = _tidy(found.text(deep=False) if found is not None else "").strip()
        self.has_hidden = False

    def blocks(self) -> list[Block]:
        """Return the page's blocks of text and its data tables, in order."""
        root = self._parser.root
        return self._walk(root).blocks if root is not None else []

    def _walk(self, root: LexborNode) -> "_Flow":
        """Go through all below an element; a leaving is put on the stack as the element's name."""
        flow = _Flow()
        waiting: list[LexborNode | str] = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                flow.leave(node)
                continue
            tag = node.tag or ""
            if tag == _TEXT:
                flow.text(node.text_content or "")
            elif self._is_seen(node, tag):
                rows = self._rows(node) if tag == "table" else []
                if rows:
                    flow.table(rows)
                else:
                    flow.enter(tag, node)
                    waiting.append(tag)
                    waiting.extend(reversed(_children(node)))
        flow.end()
        return flow

    def _is_seen(self, node: LexborNode, tag: str) -> bool:
        if tag in _UNSEEN or tag.startswith(("-", "!")):
            return tag == "-document"
        attributes = node.attributes
        is_hidden = "hidden" in attributes or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
        self.has_hidden |= is_hidden
        return not is_hidden

    def _rows(self, table: LexborNode) -> Rows:
        """Return the rows of a table of data, none for one that only arranges a page."""
        lines: list[LexborNode] = []
        caption: list[list[str]] = []
        for part in _children(table):
            if part.tag == "caption":
                caption = [[_lined(self._walk(part))]]
            elif part.tag in _GROUPS and self._is_seen(part, "tbody"):
                lines += [row for row in _children(part) if row.tag == "tr" and self._is_seen(row, "tr")]
        if len(lines) < _MIN_TABLE or table.css_first("td table, th table") is not None:
            return []
        owed: dict[int, int] = {}  # column → rows that a cell above still covers
        rows = [self._row(row, owed) for row in lines]
        return caption + rows if max(map(len, rows)) >= _MIN_TABLE else []

    def _row(self, row: LexborNode, owed: dict[int, int]) -> list[str]:
        cells: list[str] = []
        for cell in _children(row):
            if cell.tag not in ("td", "th") or not self._is_seen(cell, "td"):
                continue
            _fill(cells, owed)
            start = len(cells)
            cells += [self._cell(cell), *[""] * (_span(cell, "colspan") - 1)]
            below = _span(cell, "rowspan") - 1
            owed.update(dict.fromkeys(range(start, len(cells)), below) if below else {})
        _fill(cells, owed)
        return cells

    def _cell(self, cell: LexborNode) -> str:
        first = cell.child
        if first is not None and first.tag == _TEXT and first.next is None:
            return _tidy(first.text_content or "").strip()
        return _lined(self._walk(cell))


class _Flow:
    """Text on its way into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._line: list[str] = []
        self._lines: list[str] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._mark = ""  # of a list item whose text has not come yet
        self._pre = 0

    def text(self, found: str) -> None:
        self._line.append(found.translate(_MARKS) if self._pre else _tidy(found))

    def table(self, rows: Rows) -> None:
        self.end()
        self.blocks.append(rows)

    def enter(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self._line.append("\n")
        elif tag in ("img", "area", "input"):
            self._line.append(_alternative_text(tag, node))
        elif tag in _BLOCKS:
            self._begin(tag, node)

    def _begin(self, tag: str, node: LexborNode) -> None:
        self._end_line()
        if tag not in _SAME_BLOCK or (tag in ("ul", "ol", "menu") and not self._lists):
            self._end_block(within_list=bool(self._lists))
        if tag in ("ul", "ol", "menu"):
            start = node.attributes.get("start") or "1"
            self._lists.append(
                (int(start) if start.isdecimal() and len(start) < _MAX_INDENT else 1) if tag == "ol" else None
            )
        elif tag == "li":
            self._mark = self._marker()
        elif tag == "pre":
            self._pre += 1

    def leave(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._line.append(" ")
        elif tag in _BLOCKS:
            self._end_line()
            if tag in ("ul", "ol", "menu") and self._lists:
                self._lists.pop()
                self._mark = ""
            if tag == "pre":
                self._pre -= 1
            if tag not in _SAME_BLOCK or (tag in ("ul", "ol", "menu") and not self._lists):
                self._end_block(within_list=bool(self._lists))

    def end(self) -> None:
        self._end_line()
        self._end_block(within_list=False)

    def _marker(self) -> str:
        indent = "  " * min(max(0, len(self._lists) - 1), _MAX_INDENT)
        if not self._lists or self._lists[-1] is None:
            return f"{indent}- "
        self._lists[-1] += 1
        return f"{indent}{self._lists[-1] - 1}. "

    def _end_line(self) -> None:
        if not self._line:
            return
        found = "".join(self._line)
        self._line = []
        if self._pre:
            self._lines += found.strip("\n").split("\n") if found.strip() else []
            return
        for line in found.split("\n"):
            tidy = _SPACE.sub(" ", line).strip()
            if tidy:
                self._lines.append(self._mark + tidy)
                self._mark = ""

    def _end_block(self, *, within_list: bool) -> None:
        if self._lines and not within_list:
            self.blocks.append("\n".join(self._lines))
            self._lines = []


def _children(node: LexborNode) -> list[LexborNode]:
    found = []
    child = node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _lined(flow: _Flow) -> str:
    return "\n".join(block if isinstance(block, str) else "\n".join(map(" ".join, block)) for block in flow.blocks)


def _fill(cells: list[str], owed: dict[int, int]) -> None:
    """Add the empty cells that a cell above covers."""
    while owed.get(len(cells), 0) > 0:
        owed[len(cells)] -= 1
        cells.append("")


def _span(cell: LexborNode, name: str) -> int:
    return max(1, min(_number(cell.attributes.get(name)), _MAX_SPAN))


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < _MAX_DIGITS else 1


def _alternative_text(tag: str, node: LexborNode) -> str:
    attributes = node.attributes
    if tag == "input":
        is_shown = (attributes.get("type") or "text").lower() in (
            "text",
            "email",
            "number",
            "date",
            "tel",
            "url",
            "button",
            "submit",
        )
        return attributes.get("value") or "" if is_shown else ""
    text = " ".join((attributes.get("alt") or "").split())
    return f"[{text}]" if text else ""


def _tidy(text: str) -> str:
    return _SPACE.sub(" ", text.translate(_MARKS))
