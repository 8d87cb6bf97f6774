"""The words of a JSON Schema: which are let in, which only tell about it, and what older dialects said otherwise."""

from collections.abc import Callable, Mapping
from typing import Any

Schema = dict[str, Any]
Visit = Callable[[Any, tuple[str, ...]], Any]

MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})
LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
SINGLES = frozenset(
    {"items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else"},
)
VALUES = frozenset(
    [
        *("type", "enum", "const", "required", "format", "pattern"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
        *("minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties", "maxProperties"),
        "dependentRequired",
    ]
)
KNOWN = MAPS | LISTS | SINGLES | VALUES | {"title", "description"}

# What says something about a value, but does not forbid any. Source: JSON Schema drafts 4 to 2020-12 (core, meta-data,
# content), OpenAPI 3.0 and 3.1 (schema object), and what generators and forms add.
_TELLING = frozenset(
    [
        *("$schema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$comment", "$vocabulary", "$defs"),
        *("id", "definitions", "default", "examples", "example", "deprecated", "readOnly", "writeOnly"),
        *("contentEncoding", "contentMediaType", "contentSchema", "discriminator", "xml", "externalDocs"),
        *("enumNames", "enumDescriptions", "enumTitles", "markdownDescription", "errorMessage", "errorMessages"),
        *("propertyOrder", "propertyOrdering", "options", "tsType", "tsEnumNames", "javaType", "units", "unit"),
    ]
)
_COMPOSED = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "enum", "const"})
_APPLIED = _COMPOSED - {"enum", "const", "not"}


def is_telling(word: str) -> bool:
    """Say whether a word only tells about values: an annotation, or an extension such as `x-order` or `ui:widget`."""
    return word in _TELLING or word.startswith(("x-", "X-", "ui:"))


def modern(node: Mapping[str, Any]) -> Schema:
    """Return one level of a schema without annotations, in the words of draft 2020-12.

    Older dialects and OpenAPI 3.0 say `nullable`, a true `exclusiveMinimum`, a list of `items`, `dependencies`.
    """
    found = {word: value for word, value in node.items() if not is_telling(word)}
    _say_bounds(found)
    _say_items(found)
    _say_dependencies(found)
    _say_unevaluated(found)
    return _nullable(found) if isinstance(found.get("nullable"), bool) else found


def _say_bounds(node: Schema) -> None:
    """Source: draft 4, where `exclusiveMinimum: true` belongs to `minimum`."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(node.get(exclusive), bool) and node.pop(exclusive) and bound in node:
            node[exclusive] = node.pop(bound)


def _say_items(node: Schema) -> None:
    if isinstance(node.get("items"), list):
        node["prefixItems"] = node.pop("items")
        if "additionalItems" in node:
            node["items"] = node["additionalItems"]
    node.pop("additionalItems", None)


def _say_dependencies(node: Schema) -> None:
    if not isinstance(node.get("dependencies"), Mapping):
        return
    for name, needed in node.pop("dependencies").items():
        word = "dependentRequired" if isinstance(needed, list) else "dependentSchemas"
        node[word] = {**node.get(word, {}), name: needed}


def _say_unevaluated(node: Schema) -> None:
    """Where nothing else evaluates members, `unevaluated…` means `additional…`; elsewhere it is not supported."""
    if _APPLIED & node.keys():
        return
    for word, plain in (("unevaluatedProperties", "additionalProperties"), ("unevaluatedItems", "items")):
        if word in node:
            node.setdefault(plain, node.pop(word))
            node.pop(word, None)


def _nullable(node: Schema) -> Schema:
    """Source: OpenAPI 3.0, where `nullable: true` allows null beside the type, also of an `enum` and a `$ref`."""
    if not node.pop("nullable"):
        return node
    about: Schema = {word: node.pop(word) for word in ("title", "description") if word in node}
    kind = node.get("type")
    if not (_COMPOSED & node.keys()) and kind is not None:
        kinds = kind if isinstance(kind, list) else [kind]
        return {**about, **node, "type": [*kinds, *(["null"] if "null" not in kinds else [])]}
    if not node or (kind is None and not _COMPOSED & node.keys()):
        return {**about, **node}  # null was allowed
    return {**about, "anyOf": [node, {"type": "null"}]}


def rebuild(node: Schema, visit: Visit) -> Schema:
    """Return the node with `visit` applied to each of its sub-schemas; what has the wrong form stays as it is.

    `visit` is given the sub-schema and the two names that lead to it, such as ("properties", "total").
    """
    copy = dict(node)
    for word, value in node.items():
        if word in MAPS and isinstance(value, Mapping):
            copy[word] = {name: visit(child, (word, name)) for name, child in value.items()}
        elif word in LISTS and isinstance(value, list):
            copy[word] = [visit(child, (word, str(place))) for place, child in enumerate(value)]
        elif word in SINGLES:
            copy[word] = visit(value, (word, ""))
    return copy
