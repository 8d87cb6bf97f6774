"""Varied texts that hold a kind, an amount and a date, and what is right to read out of each; the same for a seed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["invoice", "order", "booking", "refund", "complaint"]},
        "amount": {"type": "number", "minimum": 0, "description": "the sum of money"},
        "date": {"type": "string", "format": "date", "description": "the day it is about"},
    },
    "required": ["category", "amount", "date"],
    "additionalProperties": False,
}

_TEXTS = {
    "invoice": (
        "INVOICE {number}\n{company}\n\nFor {things}.\nTotal: {amount}\nPlease pay by {date}.",
        "Dear {person}, here is our invoice {number} for {things}. The total of {amount} is due on {date}. {company}",
    ),
    "order": (
        "Hello, I would like to order {things}, {amount} in all as your list says. Please deliver on {date}. {person}",
        "Order {number}\nCustomer: {person}\nGoods: {things}\nDelivery: {date}\nSum: {amount}",
    ),
    "booking": (
        "We have booked the hall for you, {person}: {date}, for {amount}. {company} looks forward to your visit.",
        "Booking {number}: a room with a view for two guests, arrival {date}, {amount} with breakfast. {company}",
    ),
    "refund": (
        "{company} has sent {amount} back to your card on {date}, because {things} could not be delivered.",
        "Refund {number} for {person}: {things} came back to us on {date}, so you get {amount} back.",
    ),
    "complaint": (
        "I am very unhappy! On {date} I paid {amount} for {things}, and all of it was broken. {person}, {number}",
        "Complaint of {person} about {company}: {things} for {amount} never came, though promised for {date}.",
    ),
}
_PEOPLE = ("Ana Lima", "Tom Reed", "Ruth Solheim", "Józef Nowak", "Mei Lin", "O. Brännström", "Dr. Sara d'Arcy")
_COMPANIES = ("Brenner & Solheim Ltd", "The Wheelhouse", "Café Zoë", "Harrow Bridge Mill", "NORD-WEST 24 GmbH")
_THINGS = ("3 oak chairs", "a copper kettle", "12 bags of flour", 'two "Model 7" lamps', "40 m of rope", "1 door")
_MONEY: tuple[Callable[[int], str], ...] = (
    lambda cents: f"{cents / 100:,.2f} EUR",
    lambda cents: f"GBP {cents / 100:.2f}",
    lambda cents: f"${cents / 100:,.2f}",
    lambda cents: f"{cents // 100} euros" if cents % 100 == 0 else f"€{cents / 100:,.2f}",
)
_DATES = (
    *("{d} {B} {Y}", "{d:02}. {b} {Y}", "{B} {d}, {Y}", "{b} {d} {Y}", "{Y}-{m:02}-{d:02}", "{d:02}.{m:02}.{Y}"),
    *("{d}{th} of {B} {Y}", "{A}, {d} {B} {Y}", "{Y}/{m:02}/{d:02}", "{d:02}-{b}-{Y}", "{d:02}/{m:02}/{Y}"),
    "the {d}{th} day of {B} in {Y}",
)
_FIRST_DAY = date(2019, 1, 1)
_DAYS = 4000
_MOST_CENTS = 900_000
_WHOLE_RATIO = 0.3


@dataclass(frozen=True, slots=True)
class ExtractionJob:
    """The input of a `data_extraction` job, and the object that a careful reader would answer with."""

    text: str
    right: dict[str, Any]

    @property
    def given(self) -> dict[str, Any]:
        """The job's input."""
        return {"text": self.text, "schema": SCHEMA}


def make(count: int, *, seed: int = 1) -> Iterator[ExtractionJob]:
    """Yield so many jobs."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    for number in range(count):
        category = dice.choice(list(_TEXTS))
        day = _FIRST_DAY + timedelta(days=dice.randrange(_DAYS))
        cents = dice.randrange(100, _MOST_CENTS)
        if dice.random() < _WHOLE_RATIO:
            cents -= cents % 100
        text = dice.choice(_TEXTS[category]).format(
            number=f"HB-{day.year}-{number:04}",
            person=dice.choice(_PEOPLE),
            company=dice.choice(_COMPANIES),
            things=dice.choice(_THINGS),
            amount=dice.choice(_MONEY)(cents),
            date=_written(day, dice.choice(_DATES)),
        )
        yield ExtractionJob(text, {"category": category, "amount": cents / 100, "date": day.isoformat()})


def _written(day: date, form: str) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day // 10 != 1 else 0, "th")
    names = {"A": day.strftime("%A"), "B": day.strftime("%B"), "b": day.strftime("%b")}
    return form.format(d=day.day, m=day.month, Y=day.year, th=ending, **names)
