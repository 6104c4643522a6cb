"""Fixtures that take each operation from the form to the archived result."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from generation import uploads
from generation.models import Generation, Upload
from generation.operations import OPERATIONS
from generation.operations.base import Operation
from generation.operations.fields import UploadField
from reconciliation import invariants
from tests import factories
from tests.pages import open_gateways

__all__ = ["open_gateways"]

#: What is typed into each form, but for pictures; ``{}``: nothing but pictures.
TYPED: dict[str, dict[str, Any]] = {
    "wujie-drawing": {"model": "1", "size": "1024x1024", "pictures": "1"},
    "wujie-4k": {"model_4k": "127", "size_4k": "2048x2048", "pictures": "1"},
    "wujie-transparent": {
        "layer_model": "700",
        "layer_size": "1024x1024",
        "layer_method": "1",
        "pictures": "1",
    },
    "wujie-flux": {
        "flux_model": "150",
        "flux_size": "1024x1024",
        "pictures": "1",
    },
    "wujie-midjourney": {"mj_model": "500", "mj_size": "1024x1024"},
    "openai-image": {
        "openai_model": "gpt-image-1",
        "openai_size": "1024x1024",
        "pictures": "1",
        "quality": "auto",
        "output_format": "png",
        "background": "auto",
        "moderation": "auto",
    },
    "openai-edit": {
        "edit_model": "gpt-image-1",
        "openai_size": "auto",
        "pictures": "1",
        "quality": "auto",
    },
    "avatar-training": {"avatar_name": "Grandmother"},
    "avatar-artwork": {
        "avatar_key": "666A1E42BB02FBA6E530269352FF086B",
        "templates:7795F4C854A4E053D314FA805C4EB742": "1",
    },
    "wujie-face-swap": {},
    "wujie-youthify": {},
    "wujie-supersize": {"multiple": "2", "supersize_type": "GENERAL"},
    "jumdata-drawing": {
        "resolution": "1024*1024",
        "pictures": "1",
        "style": "古风",
    },
}


@pytest.fixture
def member(alice: Any, signed_in: Any, open_gateways: Any) -> Client:
    return signed_in(alice)


@pytest.fixture
def asks(member: Client) -> Callable[..., Generation]:
    """``asks("openai-image", prompt="…")``: the form sent, and what was accepted."""

    def ask(slug: str, /, **typed: Any) -> Generation:
        key = str(uuid.uuid4())
        sent = {"operation": slug, "submit_key": key, **typed}
        answer = member.post("/generations/", sent)
        errors = answer.context["form"].errors if answer.context else None
        assert answer.status_code == 302, errors
        return Generation.objects.get(submit_key=key)

    return ask


@pytest.fixture
def reached(live_server: Any, settings: Any) -> str:
    """The gateway can fetch pictures from the portal, and call it back."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def brought(alice: Any) -> Callable[..., Upload]:
    """``brought("PNG", (96, 96))``: a picture of alice's, as the form takes it in."""

    def bring(
        kind: str = "PNG", size: tuple[int, int] = (96, 96), by: Any = alice
    ) -> Upload:
        out = io.BytesIO()
        Image.new("RGB", size, (90, 120, 40)).save(out, kind)
        file = ContentFile(out.getvalue())
        return uploads.take(file, by=by, team=factories.team())

    return bring


@pytest.fixture
def refusal(member: Client) -> Callable[..., dict[str, list[str]]]:
    """``refusal("openai-image", …)``: the errors of a form that is not accepted."""

    def ask(slug: str, /, **typed: Any) -> dict[str, list[str]]:
        sent = {"operation": slug, "submit_key": str(uuid.uuid4()), **typed}
        answer = member.post("/generations/", sent)
        assert answer.status_code == 422
        assert not Generation.objects.exists()
        return dict(answer.context["form"].errors)

    return ask


@pytest.fixture
def archived(pump_until: Any) -> Callable[[Generation], Generation]:
    """Turn the pump until every picture of it is stored and the books are closed."""

    def until(generation: Generation) -> Generation:
        def is_whole() -> bool:
            generation.refresh_from_db()
            stored = generation.artworks.filter(stored_at__isnull=False).count()
            return generation.status == "done" and stored == generation.pictures

        pump_until(is_whole)
        assert list(invariants.broken()) == []
        return generation

    return until


def has_prompt(operation: Operation) -> bool:
    return "prompt" in operation.form_class.base_fields


@pytest.fixture
def fills(brought: Any) -> Callable[..., dict[str, Any]]:
    """``fills(slug, "words")``: all that a valid form of it needs."""

    def fill(slug: str, prompt: str = "a quiet harbour") -> dict[str, Any]:
        operation = OPERATIONS[slug]
        typed: dict[str, Any] = dict(TYPED[slug])
        for name, field in operation.form_class.base_fields.items():
            if isinstance(field, UploadField) and field.required:
                typed[name] = brought("PNG", (128, 128)).token
        return typed | ({"prompt": prompt} if has_prompt(operation) else {})

    return fill
