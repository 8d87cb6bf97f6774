"""Formulas of a DOCX on one line: fractions, powers, roots, sums and brackets, as people type them."""

from collections.abc import Callable
from typing import Final

from app.documents.formats.markup import Node

_PAIRS: Final = {
    "f": ("num", "/", "den"),
    "sSup": ("e", "^", "sup"),
    "sSub": ("e", "_", "sub"),
    "rad": ("deg", "√", "e"),
}
FORMULAS: Final = frozenset((*_PAIRS, "d", "nary"))
_INTEGRAL: Final = "∫"  # of an n-ary sign that says nothing of itself


def on_one_line(node: Node, inline: Callable[[Node], str]) -> str:
    """Return a part of a formula (its tag one of `FORMULAS`) as a text; `inline` gives the text of what is in it."""

    def part(name: str) -> str:
        found = node.find(name)
        text = inline(found) if found is not None else ""
        return f"({text})" if len(text) > 1 and name != "e" else text

    if node.tag == "d":
        inside = ", ".join(inline(child) for child in node if child.tag == "e")
        return f"{_sign(node, 'dPr', 'begChr', '(')}{inside}{_sign(node, 'dPr', 'endChr', ')')}"
    if node.tag == "nary":
        bounds = f"_{part('sub')}" * bool(part("sub")) + f"^{part('sup')}" * bool(part("sup"))
        return f"{_sign(node, 'naryPr', 'chr', _INTEGRAL)}{bounds} {part('e')}"
    first, sign, second = _PAIRS[node.tag]
    base = part(first)
    is_long = first == "e" and not base.isalnum() and not base.startswith("(")
    after = part(second)
    after = f"({after})" if node.tag == "rad" and len(after) > 1 else after
    return f"({base}){sign}{after}" if is_long and base else f"{base}{sign}{after}"


def _sign(node: Node, properties: str, name: str, default: str) -> str:
    found = node.find(properties, name)
    return found.get("val") if found is not None else default
