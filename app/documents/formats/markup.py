"""XML of strangers: no entity is declared, nothing is fetched, depth and size are bounded."""

from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from app.documents.errors import DocumentError

MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000

_RELATIONSHIPS: Final = "relationships"  # the end of the namespace of r:id, in both dialects of OOXML
_BUFFER_BYTES: Final = 65_536
_NONE: Final[dict[str, str]] = {}

Begin = Callable[[str, dict[str, str]], None]


class Node:
    """An element: its local name, its attributes by local name (`r:` before those of relationships), its content."""

    __slots__ = ("attributes", "content", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.content: list[Node | str] = []

    def __iter__(self) -> Iterator["Node"]:
        """Yield the elements in it."""
        return (part for part in self.content if isinstance(part, Node))

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def find(self, *path: str) -> "Node | None":
        """Return the first element on a path of names."""
        node: Node | None = self
        for tag in path:
            node = next((part for part in node if part.tag == tag), None) if node is not None else None
        return node

    def all(self, *tags: str) -> Iterator["Node"]:
        """Yield the elements of some names at any depth, in the order of the document."""
        waiting = list(reversed(list(self)))
        while waiting:
            node = waiting.pop()
            if node.tag in tags:
                yield node
            waiting.extend(reversed(list(node)))

    def text(self) -> str:
        """Return all text in it."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.content)


def tree(content: bytes, dropped: frozenset[str] = frozenset()) -> Node:
    """Return the root of a part; elements named in `dropped` are left out. Raises: DocumentError."""
    root = Node("", _NONE)
    open_nodes = [root]
    count = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise DocumentError("file_too_large", f"a part of the file has more than {MAX_NODES:,} elements")
        node = Node(tag, attributes)
        if tag not in dropped:
            open_nodes[-1].content.append(node)
        open_nodes.append(node)

    def end(_: str) -> None:
        open_nodes.pop()

    def text(found: str) -> None:
        open_nodes[-1].content.append(found)

    parse(content, begin, end, text)
    return next(iter(root))


def parse(content: bytes, begin: Begin, end: Callable[[str], None], text: Callable[[str], None]) -> None:
    """Tell what stands in a part, with local names. Raises: DocumentError (file_unreadable, file_too_large)."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.buffer_size = _BUFFER_BYTES
    depth = 0

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DocumentError("file_too_large", f"a part of the file is nested deeper than {MAX_DEPTH} elements")
        begin(_local(name), {_attribute(key): value for key, value in attributes.items()} if attributes else _NONE)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(name))

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(content, True)  # noqa: FBT003 - that this is all of it; expat takes no keywords
    except expat.ExpatError as error:
        raise DocumentError("file_unreadable", f"a part of the file is no XML: {error}") from None
    except (ValueError, LookupError):
        raise DocumentError("file_unreadable", "a part of the file has an encoding that is not known") from None


def _refuse_entity(*_: object) -> None:
    raise DocumentError("file_unreadable", "a part of the file declares entities, which documents do not need")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _attribute(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f"r:{local}" if space.endswith(_RELATIONSHIPS) else local
