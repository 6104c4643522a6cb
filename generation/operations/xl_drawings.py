"""Base of 4K, transparent and flux drawings.

Bodies hold only documented fields (contract wujie §7.3, §7.4).
"""

from collections.abc import Mapping
from typing import Any

from gateways.providers.base import Model
from generation.operations.base_form import pictures_field, prompt_field
from generation.operations.drawing_parts.reference import sides, sized
from generation.operations.wujie_drawing import (
    MOST_PICTURES,
    PROMPT_LIMIT,
    SIZES,
    SeededForm,
    WujieDrawing,
)


class XlForm(SeededForm):
    """Subclasses add models and sizes."""

    prompt = prompt_field(PROMPT_LIMIT)
    pictures = pictures_field(MOST_PICTURES)

    def offer_models(self, name: str, models: list[Model]) -> str:
        self.choose(name, [(model.code, model.name) for model in models])
        return self.chosen(name)

    def offer_sizes(self, name: str, model: str) -> None:
        resources = self.catalogue.resources.get(model)
        sizes = (resources.sizes if resources else ()) or SIZES
        self.choose(name, [(f"{w}x{h}", f"{w} × {h}") for w, h in sizes])


class XlDrawing(WujieDrawing):
    """``fields``: form fields of model and size."""

    fields: tuple[str, str]

    def body(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            "model": int(cleaned[self.fields[0]]),
            "num": cleaned["pictures"],
            "prompt": cleaned["prompt"],
            **sized(self.size(cleaned)),
        }
        if seed := cleaned.get("chosen_seed") or cleaned.get("seed"):
            found["seed"] = seed
        return found

    def size(self, cleaned: Mapping[str, Any]) -> tuple[int, int]:
        return sides(cleaned, cleaned[self.fields[1]])

    def model(self, cleaned: Mapping[str, Any]) -> str:
        return str(cleaned[self.fields[0]])


def or_default(value: float | None, default: float) -> float:
    return default if value is None else value
