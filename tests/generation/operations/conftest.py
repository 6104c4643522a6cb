"""Every operation by the same way: form post → sandbox → archived result."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from generation import books, catalogue, uploads
from generation.models import Generation, Upload
from tests import factories


@pytest.fixture
def open_gateways(sandbox: Any, db: None) -> Any:
    """A sandbox that has told what it lists."""
    catalogue.refresh()
    return sandbox


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
        assert list(books.broken()) == []
        return generation

    return until
