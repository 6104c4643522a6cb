"""Where the pictures of OpenAI Image are asked for: configured, or not (§8.3)."""

import pytest

from gateways import clients
from tests.generation.operations.test_openai_image import GPT

PATH = "/ai/wj/images/query"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


@pytest.fixture
def asked_at(monkeypatch):
    """``asked_at(path)``: the portal asks there; "" is not configured."""

    def at(path):
        monkeypatch.setattr(clients.client("wujie"), "_images_query_path", path)

    return at


def test_the_path_that_is_configured_is_asked(asks, archived, sandbox, asked_at):
    sandbox.switch(images_query_path=PATH)
    asked_at(PATH)
    archived(asks("openai-image", **GPT))
    assert sandbox.state()["requests"]["wujie.images_query"]
    assert "wujie.generating_info" not in sandbox.state()["requests"]


def test_unset_the_usual_call_is_asked(asks, archived, sandbox, asked_at):
    asked_at("")
    archived(asks("openai-image", **GPT))
    assert sandbox.state()["requests"]["wujie.generating_info"]


def test_what_that_does_not_know_says_what_to_configure(
    asks, archived, sandbox, asked_at, pump_until, member
):
    sandbox.switch(images_query_path=PATH)
    asked_at("")
    generation = asks("openai-image", **GPT)
    told = generation.tasks.filter(failure_code="unaskable")
    pump_until(told.exists)
    page = member.get(f"/generations/{generation.pk}/").content.decode()
    assert "WUJIE_IMAGES_QUERY_PATH" in page
    assert generation.status != "failed"
    # Once it is configured, the pictures come, and the sentence goes.
    asked_at(PATH)
    archived(generation)
    page = member.get(f"/generations/{generation.pk}/").content.decode()
    assert "WUJIE_IMAGES_QUERY_PATH" not in page


def test_drawings_and_pictures_never_share_a_call(asks, archived, sandbox, asked_at):
    sandbox.switch(images_query_path=PATH)
    asked_at(PATH)
    drawing = asks(
        "wujie-drawing", prompt="山", model="1", size="1024x1024", pictures="1"
    )
    archived(asks("openai-image", **GPT))
    archived(drawing)
    requests = sandbox.state()["requests"]
    assert requests["wujie.images_query"] and requests["wujie.generating_info"]
