"""Thoughts and answers told apart, in every way that models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm import thoughts

ROWS = [
    ("Just an answer.", "Just an answer.", ""),
    ("<think>\nThe user wants …\n</think>\n\nThe mill is old.", "The mill is old.", "The user wants …"),
    ("<think></think>\nThe mill is old.", "The mill is old.", ""),
    ("  <think>a</think> <think>b</think>c", "c", "a\n\nb"),
    (
        '<thinking>maybe {"category": "bug"}</thinking>{"category": "billing"}',
        '{"category": "billing"}',
        'maybe {"category": "bug"}',
    ),
    ("<THINK>loud</THINK>answer", "answer", "loud"),
    ("<thought>a</thought>answer", "answer", "a"),
    ("<reasoning>a</reasoning>\nanswer", "answer", "a"),
    ("<seed:think>a</seed:think>answer", "answer", "a"),
    ("Okay, so first I look at it.\n</think>\n\nThe mill is old.", "The mill is old.", "Okay, so first I look at it."),
    ("Hm, it is bug or billing.</think>bug", "bug", "Hm, it is bug or billing."),
    ("<think>It never comes to an end because", "", "It never comes to an end because"),
    ("[THINK]Voyons.[/THINK]Le moulin.", "Le moulin.", "Voyons."),
    ("◁think▷嗯◁/think▷答案", "答案", "嗯"),
    ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b<|end_of_solution|>", "b", "a"),
    ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>", "b", "a"),
    ("<unused94>thought\na<unused95>b", "b", "a"),
    ("Thinking...\nIs it?\n...done thinking.\n\nIt is.", "It is.", "Is it?"),
    (
        "<|channel|>analysis<|message|>Count.<|end|><|start|>assistant<|channel|>final<|message|>Seven.<|return|>",
        "Seven.",
        "Count.",
    ),
    ("<|channel|>final <|constrain|>json<|message|>{}", "{}", ""),
    ("<|channel|>analysis<|message|>Never to its", "", "Never to its"),
    ("analysisWe count.assistantfinalSeven.", "Seven.", "We count."),
    ("First part.\n<think>Now the next.</think>\nSecond part.", "First part.\nSecond part.", "Now the next."),
    ("Part.\n<think>and then", "Part.", "and then"),
    ("<|channel>thought\nhm\n<channel|>The mill.", "The mill.", "hm"),
    ('<details type="reasoning" done="true">\nhm\n</details>\nThe mill.', "The mill.", "hm"),
    ("Here is my thought process:\nhm\n\nHere is my response:\nThe mill.", "The mill.", "hm"),
    ("Here is my thought process: I look.", "Here is my thought process: I look.", ""),
    ("<|begin_of_box|>bug<|end_of_box|>", "bug", ""),
    ("<|start_header_id|>assistant<|end_header_id|>\n\nThe mill.<|eot_id|>", "The mill.", ""),
    ("<start_of_turn>model\nThe mill.<end_of_turn>\n", "The mill.", ""),
    ("The mill.</s>", "The mill.", ""),
    ("The <s>old</s> mill is <s>red</s>", "The <s>old</s> mill is <s>red</s>", ""),
    ("In HTML one writes a tag, <think>, inline.", "In HTML one writes a tag, <think>, inline.", ""),
]


@pytest.mark.parametrize(("said", "text", "thought"), ROWS)
def test_an_answer_is_told_from_its_thoughts(said: str, text: str, thought: str) -> None:
    assert thoughts.split(said) == (text, thought)


def test_a_mark_that_the_question_holds_itself_may_be_quoted() -> None:
    said = "The tag </think> ends it.\n<think>so</think>"
    assert thoughts.split(said, may_quote=True) == (said, "")
    assert (
        thoughts.split("<think>hm</think>The tag </think> ends it.", may_quote=True)[0] == "The tag </think> ends it."
    )
    assert thoughts.are_in(["What does </think> mean?"])
    assert not thoughts.are_in(["I think so.", "thinking"])


plain = st.text(st.characters(exclude_characters="<>[]◁▷."), min_size=1, max_size=60).filter(
    lambda text: text.strip() == text
)


@given(plain, plain, st.sampled_from(["think", "thinking", "thought", "reasoning"]))
def test_whatever_stands_in_thoughts_and_answer_comes_apart(thought: str, answer: str, tag: str) -> None:
    assert thoughts.split(f"<{tag}>{thought}</{tag}>{answer}") == (answer, thought)
    assert thoughts.split(f"{thought}</{tag}>\n{answer}") == (answer, thought)


@given(st.text(max_size=300))
def test_no_text_breaks_it(said: str) -> None:
    text, thought = thoughts.split(said)
    assert len(text) + len(thought) <= len(said) + 2 * len(said.split("<"))
