"""What the bare script is given, and what it carries from thread to thread."""

import json
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Course:
    """Where it runs: the generations from ``first`` to ``last`` of this database."""

    database: str
    media: str
    gateway: str
    app_id: str
    private_key: str
    first: int
    last: int


@dataclass(slots=True)
class Work:
    """One generation on its way. One picture, so one task and one artwork."""

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
    look_at: float = 0.0
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
