"""Bytes of pictures: for those who may see them, and nobody else."""

import pytest
from django.test import Client

from generation import archive
from generation.models import Artwork
from labels import provenance
from labels.models import Label
from tests import factories

WHICH = ["picture", "thumbnail"]
HIDDEN = [
    Artwork.Moderation.PENDING,
    Artwork.Moderation.HELD,
    Artwork.Moderation.REJECTED,
]


def address(artwork, which):
    return f"/artworks/{artwork.pk}/{which}/"


def content(answer):
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("which", WHICH)
def test_a_released_picture_is_for_its_team(alice, mona, signed_in, which):
    artwork = factories.artwork(alice)
    for person in (alice, mona):
        answer = signed_in(person).get(address(artwork, which))
        assert answer.status_code == 200
        sent = content(answer)
        if which == "picture":  # labelled on the way out
            (label,) = provenance.origin(sent).labels
            assert Label.objects.get().produce_id in label[1]
            continue
        with archive.open_rendition(artwork.sha256, "thumbnail") as file:
            assert sent == file.read()


def test_it_is_never_sniffed_nor_shared(alice, signed_in):
    artwork = factories.artwork(alice)
    for which, kind in (("picture", "image/png"), ("thumbnail", "image/webp")):
        answer = signed_in(alice).get(address(artwork, which))
        content(answer)
        assert answer["Content-Type"] == kind
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "private" in answer["Cache-Control"]
        kept = "no-cache" if which == "picture" else "max-age=300"
        assert kept in answer["Cache-Control"]
        extension = kind.removeprefix("image/")
        name = f'inline; filename="wjportal-{artwork.pk}.{extension}"'
        assert answer["Content-Disposition"] == name


def test_no_answer_about_a_missing_picture_is_kept(alice, signed_in):
    artwork = factories.artwork(alice, moderation="held")
    for which in ("picture", "thumbnail"):
        answer = signed_in(alice).get(address(artwork, which))
        assert "max-age" not in answer.get("Cache-Control", "")


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("moderation", HIDDEN)
def test_a_hidden_picture_does_not_exist_for_its_member(
    alice, signed_in, which, moderation
):
    artwork = factories.artwork(alice, moderation=moderation)
    assert signed_in(alice).get(address(artwork, which)).status_code == 404


@pytest.mark.parametrize("which", WHICH)
def test_a_picture_of_another_team_does_not_exist(alice, bob, signed_in, which):
    artwork = factories.artwork(alice)
    assert signed_in(bob).get(address(artwork, which)).status_code == 404


@pytest.mark.parametrize("which", WHICH)
def test_nobody_sees_anything_without_signing_in(alice, which):
    artwork = factories.artwork(alice)
    answer = Client().get(address(artwork, which))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("which", WHICH)
def test_only_reading(alice, signed_in, which):
    artwork = factories.artwork(alice)
    assert signed_in(alice).post(address(artwork, which)).status_code == 405


def test_the_storage_is_no_folder_of_the_web(alice, mona, otto, signed_in):
    artwork = factories.artwork(alice)
    for rendition in ("original", "thumbnail", "cover"):
        path = archive.name(artwork.sha256, rendition)
        for guess in (f"/media/{path}", f"/{path}", f"/static/{path}"):
            for person in (alice, mona, otto):
                assert signed_in(person).get(guess).status_code == 404


@pytest.mark.parametrize("which", WHICH)
def test_a_file_that_is_lost_does_not_exist(alice, signed_in, settings, which):
    artwork = factories.artwork(alice)
    for path in settings.MEDIA_ROOT.rglob(artwork.sha256):
        path.unlink()
    assert signed_in(alice).get(address(artwork, which)).status_code == 404


@pytest.mark.parametrize("which", WHICH)
def test_an_artwork_that_is_not_there(alice, signed_in, which):
    for pk in (0, 999_999, 2**70):
        assert signed_in(alice).get(f"/artworks/{pk}/{which}/").status_code == 404


@pytest.mark.parametrize("which", WHICH)
def test_kept_bytes_are_asked_about_and_not_sent_again(alice, signed_in, which):
    artwork, client = factories.artwork(alice), signed_in(alice)
    first = client.get(address(artwork, which))
    content(first)
    kept = {"If-None-Match": first["ETag"]}
    assert client.get(address(artwork, which), headers=kept).status_code == 304
    Artwork.objects.update(moderation=Artwork.Moderation.REJECTED)
    assert client.get(address(artwork, which), headers=kept).status_code == 404
