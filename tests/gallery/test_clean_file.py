"""Without the visible label: by right, terms and purpose, on record, and in no other
way."""

import io

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from generation import archive, renditions
from generation.renditions import Channel
from labels import clean_files, provenance, xmp
from labels.models import Agreement, Export, TeamLabels
from log.models import Change, Entry
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SENT = {"accepted": "on", "purpose": "A layout"}


def membership(user):
    return user.memberships.get()


def pixels(content):
    return Image.open(io.BytesIO(content)).convert("RGB").tobytes()


def original(artwork):
    with archive.open_rendition(artwork.sha256, "original") as file:
        return file.read()


def address(artwork):
    return f"/artworks/{artwork.pk}/clean/"


def test_right_terms_and_purpose_give_the_file(alice, otto, signed_in):
    artwork, client = factories.artwork(alice), signed_in(alice)
    clean_files.grant(membership(alice), by=otto)
    assert "不带显式 AI 标识" in client.get(address(artwork)).text
    answer = client.post(address(artwork), SENT)
    content = b"".join(answer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"] and "ETag" not in answer
    assert pixels(content) == pixels(original(artwork))
    found = provenance.origin(content)
    assert len(found.labels) == 1 and found.sources == (xmp.TRAINED,)
    row, agreement = Export.objects.get(), Agreement.objects.get()
    assert (row.by, row.purpose, row.agreement) == (alice, "A layout", agreement)
    assert not row.is_explicit and row.channel == "download"
    assert agreement.text == clean_files.TEXT and agreement.user == alice
    assert Entry.objects.filter(kind="export", artwork=artwork).count() == 1
    again = client.post(address(artwork), {"purpose": "Another"})  # terms are accepted
    assert b"".join(again) == content and Agreement.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [{}, {"accepted": "on"}, {"purpose": "x"}, {"accepted": "on", "purpose": "  "}],
)
def test_nothing_leaves_before_terms_and_purpose(alice, otto, signed_in, sent):
    artwork = factories.artwork(alice)
    clean_files.grant(membership(alice), by=otto)
    answer = signed_in(alice).post(address(artwork), sent)
    assert answer.status_code == 422 and not answer.streaming
    assert sent.get("purpose", "").strip() in answer.text
    assert not Export.objects.exists() and not Agreement.objects.exists()


def test_without_the_right_it_does_not_exist(alice, bob, otto, signed_in):
    artwork = factories.artwork(alice)
    for person in (alice, bob, otto):
        client = signed_in(person)
        assert client.get(address(artwork)).status_code == 404
        assert client.post(address(artwork), SENT).status_code == 404
    clean_files.grant(membership(alice), by=otto)
    clean_files.revoke(membership(alice), by=otto)
    assert signed_in(alice).post(address(artwork), SENT).status_code == 404
    clean_files.set_team(artwork.team, by=otto, is_export_clean=True)
    assert b"".join(signed_in(alice).post(address(artwork), SENT))
    assert signed_in(bob).post(address(artwork), SENT).status_code == 404
    kinds = Change.objects.filter(kind="labels").values_list("before", "after")
    assert list(kinds) == [("off", "on"), ("on", "off"), ("off", "on")]


def test_a_hidden_picture_is_not_given(alice, otto, signed_in):
    clean_files.grant(membership(alice), by=otto)
    artwork = factories.artwork(alice, moderation="held")
    assert signed_in(alice).post(address(artwork), SENT).status_code == 404


def test_no_other_way_gives_a_byte_of_it(alice, otto, signed_in):
    """URL, parameters, zip, Range, HEAD and ETag: each gives the labelled file."""
    artwork, client = factories.artwork(alice), signed_in(alice)
    clean_files.grant(membership(alice), by=otto)
    answer = client.post(address(artwork), SENT)
    clean = b"".join(answer)
    picture = reverse("generation:picture", args=[artwork.pk])
    labelled = b"".join(client.get(picture))
    assert pixels(labelled) != pixels(clean)
    for query in ("corner=none", "corner=", "clean=1", "explicit=0", "label=off"):
        for download in ("", "&download=1"):
            assert b"".join(client.get(f"{picture}?{query}{download}")) == labelled
    ranged = client.get(picture, headers={"Range": "bytes=0-99"})
    assert labelled.startswith(b"".join(ranged)[:100])
    assert client.head(picture).status_code == 405
    assert client.head(address(artwork)).status_code == 405
    wanted = renditions.clean(artwork, to=alice, address="")
    kept = client.get(picture, headers={"If-None-Match": f'"{wanted.etag}"'})
    assert kept.status_code == 200 and b"".join(kept) == labelled
    zipped = client.post("/gallery/download/", {"pictures": str(artwork.pk)})
    assert b"".join(client.get(zipped.url)) == labelled
    for channel in (Channel.ZIP, Channel.SHARE, Channel.DOWNLOAD):
        with renditions.of(artwork, to=None, channel=channel).open() as file:
            assert file.read() == labelled
    assert default_storage.exists(wanted.copy.path)  # and no address leads there
    assert client.get(f"/media/{wanted.copy.path}").status_code == 404


def test_a_clean_view_is_the_teams_choice(alice, bob, otto, signed_in):
    artwork, client = factories.artwork(alice), signed_in(alice)
    picture = reverse("generation:picture", args=[artwork.pk])
    labelled = b"".join(client.get(picture))
    clean_files.set_team(artwork.team, by=otto, is_view_clean=True)
    answer = client.get(picture)
    clean = b"".join(answer)
    assert pixels(clean) == pixels(original(artwork))
    assert len(provenance.origin(clean).labels) == 1  # the file's own label stays
    assert b"".join(client.get(f"{picture}?download=1")) == labelled
    other = factories.artwork(bob)
    seen = b"".join(signed_in(bob).get(f"/artworks/{other.pk}/picture/"))
    assert pixels(seen) != pixels(original(other))
    assert TeamLabels.objects.get().is_view_clean


# --- The pages of admins


def test_the_page_of_labels_is_for_admins(alice, mona, otto, signed_in):
    for person in (alice, mona):
        for name in ("labels", "sample"):
            path = reverse(f"labels:{name}")
            assert signed_in(person).get(path).status_code == 404
        assert signed_in(person).post("/labels/team/").status_code == 404
    text = signed_in(otto).get("/labels/").text
    assert "AI生成" in text and "wjportal-sandbox" in text
    sample = signed_in(otto).get("/labels/sample/")
    assert Image.open(io.BytesIO(sample.content)).size == (640, 360)


def test_it_says_what_is_missing(otto, signed_in, settings, client):
    settings.LABEL_PRODUCER = ""
    assert "WJPORTAL_LABEL_PRODUCER is not set" in signed_in(otto).get("/labels/").text
    told = client.get("/readyz").json()
    assert "WJPORTAL_LABEL_PRODUCER" in told["detail"]["labels"]


def test_an_admin_grants_and_takes_back(alice, bob, otto, signed_in):
    client, row = signed_in(otto), membership(alice)
    path = f"/labels/grants/{row.pk}/"
    client.post(path, {"granted": "1"})
    assert clean_files.may_take(alice, row.team)
    assert "Take the right back" in client.get("/labels/").text
    client.post(path)
    assert not clean_files.may_take(alice, row.team)
    assert client.post(f"/labels/grants/{membership(bob).pk}/").status_code == 404
    client.post("/labels/team/", {"is_view_clean": "on"})
    assert TeamLabels.objects.get(team=row.team).is_view_clean
    assert "Clean view inside the portal" in client.get("/audit-log/").text


def test_files_are_listed_in_pages(alice, bob, otto, signed_in):
    artworks = [factories.artwork(alice) for _ in range(3)]
    for artwork in artworks:
        renditions.of(artwork, to=alice, channel=Channel.DOWNLOAD).open().close()
    file = renditions.clean(artworks[0], to=alice, address="192.0.2.9")
    file.book(clean_files.accept(alice, artworks[0].team, address=""), "A poster")
    client = signed_in(otto)
    text = client.get("/review/exports/").text
    assert "A poster" in text and "192.0.2.9" in text
    assert f"/artworks/{artworks[1].pk}/" not in text
    assert (
        f"/artworks/{artworks[1].pk}/" in client.get("/review/exports/?files=all").text
    )
    assert signed_in(bob).get("/review/exports/").status_code == 404
