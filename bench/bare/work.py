"""The bare script's input, and its threads' items."""

import json
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Course:
    database: str
    media: str
    gateway: str
    app_id: str
    private_key: str
    first: int
    last: int


@dataclass(slots=True)
class Work:
    """A generation with one task and one artwork."""

    generation: int
    team: int
    user: int
    account: int
    model: str
    prompt: str
    parameters: str
    reserved: int
    task: int = 0
    artwork: int = 0
    key: str = ""
    row: Json = None
    raw: str = ""
    poll_at: float = 0.0
    polls: int = 0
    stored: tuple[str, str, int, int, int, str] = ("", "", 0, 0, 0, "")

    @property
    def order(self) -> Json:
        asked = json.loads(self.parameters)
        width, height = map(int, asked["size"].split("x"))
        return {
            "model": int(asked["model"]),
            "num": asked["pictures"],
            "prompt": self.prompt,
            "width": width,
            "height": height,
        }
