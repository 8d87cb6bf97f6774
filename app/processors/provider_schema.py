"""The part of a JSON Schema that a provider can hold a model to while it writes; the answer is checked for the rest.

Words that providers do not know are left out, and so is what would fail or hang there: llama.cpp refuses `true` as a
schema, numbers beyond 64 bits and large repetitions, and a minimum above its maximum keeps it busy for good.
Source: https://platform.openai.com/docs/guides/structured-outputs (supported schemas),
https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md and experiments with it.
"""

from collections.abc import Mapping
from typing import Any

from app.processors.schema_words import Schema, rebuild

SMALL_STRING_CHARS = 80
SMALL_LIST_ITEMS = 20
MAX_REPEATED = 500
MAX_BOUND = 10**15

_WORDS = frozenset(["type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const"])
_LIMITS = frozenset(
    ["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"]
)
_LENGTHS = frozenset(["minLength", "maxLength"])
_FORMATS = frozenset(["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"])
_ORDERED = (
    *(("minimum", "maximum"), ("exclusiveMinimum", "maximum"), ("minimum", "exclusiveMaximum")),
    *(("exclusiveMinimum", "exclusiveMaximum"), ("minItems", "maxItems"), ("minLength", "maxLength")),
)
_REAL_DATE = (
    r"^([12][0-9]{3}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"|[12][0-9](0[48]|[2468][048]|[13579][26])-02-29|2000-02-29)$"
)
_COUNTS = frozenset(["minItems", "maxItems", "minLength", "maxLength"])


def for_provider(schema: Mapping[str, Any], *, small: bool = False) -> Schema:
    """Return the schema that is sent along with a question.

    For a small model, which may never end what has no end, strings, lists and values of any form are bounded.
    """
    node = _plain(schema)
    known = _WORDS | _LIMITS | (_LENGTHS if small else frozenset())
    sent = _consistent({word: value for word, value in node.items() if word in known})
    if small:
        sent = _bounded(sent)
    whole = rebuild(sent, lambda child, _: for_provider(child if isinstance(child, Mapping) else {}, small=small))
    return {**whole, "additionalProperties": False} if sent.get("additionalProperties") is False else whole


def _plain(schema: Mapping[str, Any]) -> Schema:
    """Return the schema with `oneOf` as `anyOf` and an `allOf` of one written out."""
    node = dict(schema)
    if len(node.get("allOf", ())) == 1 and isinstance(node["allOf"][0], Mapping):
        node = {**node.pop("allOf")[0], **node}
    if "oneOf" in node:
        node.setdefault("anyOf", node["oneOf"])
    if "patternProperties" in node:
        node.pop("additionalProperties", None)  # it does not mean the members that a pattern names
    if "prefixItems" in node:
        node.pop("items", None)  # nor these the items that have schemas of their own
    if "properties" in node:
        node.pop("anyOf", None)  # llama.cpp would take it for the whole
    return node


def _consistent(sent: Schema) -> Schema:
    """Return the schema without limits that cannot be kept."""
    most = {word: MAX_REPEATED if word in _COUNTS else MAX_BOUND for word in _LIMITS | _LENGTHS if word != "format"}
    refused = {word for word, limit in most.items() if word in sent and abs(sent[word]) > limit}
    if sent.get("format", "date") not in _FORMATS:
        refused.add("format")
    if not sent.get("enum", True):
        refused.add("enum")
    for low, high in _ORDERED:
        if low in sent and high in sent and sent[low] > sent[high]:
            refused |= {low, high}
    return {word: value for word, value in sent.items() if word not in refused}


def _bounded(sent: Schema) -> Schema:
    if sent.keys() & {"enum", "const", "anyOf"}:
        return sent
    kind = sent.get("type", "object" if "properties" in sent else ["string", "number", "boolean", "null"])
    found = {**sent, "type": kind}
    if sent.get("format") == "date":
        found["pattern"] = _REAL_DATE  # llama.cpp's own dates have a 31st of February
        del found["format"]
    elif "string" in kind and "format" not in sent:
        found["maxLength"] = _at_most(SMALL_STRING_CHARS, sent, "minLength", "maxLength")
    if "array" in kind:
        found["maxItems"] = _at_most(SMALL_LIST_ITEMS, sent, "minItems", "maxItems")
        found.setdefault("items", {})
    if "object" in kind:
        named = sent.get("properties", {})  # in their order, in which the model writes them
        found["properties"] = named | {name: {} for name in sent.get("required", ()) if name not in named}
        if sent.get("additionalProperties", True) is True:
            found["additionalProperties"] = False if found["properties"] else {}
    return found


def _at_most(limit: int, sent: Schema, least: str, most: str) -> int:
    return int(max(min(sent.get(most, limit), limit), sent.get(least, 0)))
