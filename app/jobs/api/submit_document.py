"""What the OpenAPI document says of submits beyond what FastAPI finds out by itself."""

import re
from typing import Any

from app.auth.asking import SCHEME
from app.auth.caller import Right

KEY_HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Described here and read by hand: as parameters of FastAPI's, credential and key cost a submit a quarter of its time.
SUBMIT_HEADERS: dict[str, Any] = {
    "security": [{SCHEME: [Right.JOBS_WRITE]}],
    "parameters": [
        {
            "name": KEY_HEADER,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
            "description": "The same key and body again: the first answer again. Kept 24 hours.",
        }
    ],
}
