"""Sentences of a text in any usual language: find them, choose among them, keep whole ones within a number of words."""

from app.processors.sentences.finding import sentences, spans
from app.processors.sentences.marks import is_finished
from app.processors.sentences.picking import MAX_SENTENCE_CHARS, ended, within, without_repeats, worth_picking

__all__ = [
    "MAX_SENTENCE_CHARS",
    "ended",
    "is_finished",
    "sentences",
    "spans",
    "within",
    "without_repeats",
    "worth_picking",
]
