"""A question in the dialect of one model."""

from app.llm.base import Ask, Image, Limits, Message
from app.llm.dialect import Dialect
from app.llm.request import request


def test_images_follow_the_text_as_data_urls() -> None:
    images = (Image("image/png", b"\x01\x02"), Image("image/jpeg", b"\x03"))
    ask = Ask((Message("system", "Look."), Message("user", "What?", images)), Limits(5, 1))
    body = request(ask, Dialect(), model="small")
    assert body["messages"] == [
        {"role": "system", "content": "Look."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AQI="}},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,Aw=="}},
            ],
        },
    ]
