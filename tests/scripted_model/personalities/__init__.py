"""Ten kinds of providers that exist, and the plain one that the other tests know, each under its name."""

from collections.abc import Mapping

from tests.scripted_model.personalities.azure import AZURE
from tests.scripted_model.personalities.base import Fault, Personality
from tests.scripted_model.personalities.deepseek import DEEPSEEK
from tests.scripted_model.personalities.gemini import GEMINI
from tests.scripted_model.personalities.groq import GROQ
from tests.scripted_model.personalities.litellm import LITELLM
from tests.scripted_model.personalities.mistral import MISTRAL
from tests.scripted_model.personalities.ollama import OLLAMA
from tests.scripted_model.personalities.openai_o import OPENAI_O
from tests.scripted_model.personalities.vllm import VLLM, VLLM_PARSER

PLAIN = Personality("plain")
PERSONALITIES: Mapping[str, Personality] = {
    one.name: one
    for one in (PLAIN, OPENAI_O, AZURE, GROQ, DEEPSEEK, MISTRAL, GEMINI, VLLM, VLLM_PARSER, OLLAMA, LITELLM)
}

__all__ = ["PERSONALITIES", "PLAIN", "Fault", "Personality"]
