"""A finished picture fills the upload field of another operation."""

import pytest

from generation.models import Upload
from tests import factories
from tests.pages import HTMX

ACTIONS = [
    ("wujie-drawing", "init_image"),
    ("openai-edit", "images"),
    ("wujie-supersize", "small_picture"),
]


@pytest.fixture(autouse=True)
def reached(settings):
    settings.PUBLIC_URL = "https://portal.example"


def use(client, artwork, operation):
    path = f"/artworks/{artwork.pk}/reference/"
    return client.post(path, {"operation": operation})


@pytest.mark.parametrize(("operation", "field"), ACTIONS)
def test_it_fills_the_form(alice, signed_in, operation, field):
    factories.catalogue()
    client = signed_in(alice)
    answer = use(client, factories.artwork(alice), operation)
    upload = Upload.objects.get(uploaded_by=alice)
    assert answer.url == f"/?operation={operation}&{field}={upload.token}"
    page = client.get(answer.url).content.decode()
    assert f'value="{upload.token}"' in page


def test_a_colleagues_picture_becomes_an_upload_of_ones_own(alice, mona, signed_in):
    use(signed_in(mona), factories.artwork(alice), "openai-edit")
    assert Upload.objects.get().uploaded_by == mona


@pytest.mark.parametrize("moderation", ["held", "rejected", "pending"])
def test_what_is_not_released_is_not_there(alice, signed_in, moderation):
    hidden = factories.artwork(alice, moderation=moderation)
    assert use(signed_in(alice), hidden, "openai-edit").status_code == 404
    assert not Upload.objects.exists()


def test_bob_gets_nothing(alice, bob, signed_in):
    answer = use(signed_in(bob), factories.artwork(alice), "openai-edit")
    assert answer.status_code == 404


@pytest.mark.parametrize("operation", ["", "nonsense", "jumdata-drawing"])
def test_only_what_takes_a_picture_is_offered_one(alice, signed_in, operation):
    answer = use(signed_in(alice), factories.artwork(alice), operation)
    assert answer.status_code == 404


def test_a_get_changes_nothing(alice, signed_in):
    path = f"/artworks/{factories.artwork(alice).pk}/reference/"
    assert signed_in(alice).get(path, headers=HTMX).status_code == 405


def test_a_refused_one_is_told_on_its_page(alice, signed_in, monkeypatch):
    monkeypatch.setattr("generation.uploads.MOST_BYTES", 10)
    artwork, client = factories.artwork(alice), signed_in(alice)
    answer = use(client, artwork, "openai-edit")
    assert answer.url == f"/artworks/{artwork.pk}/"
    assert "too large" in client.get(answer.url).content.decode()


def test_it_is_offered_where_gateways_can_fetch_it(alice, signed_in, settings):
    artwork = factories.artwork(alice)
    page = f"/artworks/{artwork.pk}/"
    offer = f'action="/artworks/{artwork.pk}/reference/"'
    shown = signed_in(alice).get(page).content.decode()
    assert offer in shown
    for words in ("Use as reference", "Edit", "Upscale"):
        assert words in shown
    settings.PUBLIC_URL = settings.SANDBOX_REACHES = ""
    assert offer not in signed_in(alice).get(page).content.decode()
