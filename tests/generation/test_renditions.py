"""What leaves is labelled, the same each time, and on record."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from gallery import deletion
from generation import archive, labelled_files, renditions, uploads
from generation.models import Artwork
from generation.presenters import file_responses
from generation.renditions import Channel
from labels import (
    containers,
    encoding,
    label_rows,
    label_settings,
    provenance,
    tc260,
    xmp,
)
from labels.models import Export, Label
from tests import factories
from tests.labels import test_drawing
from tests.labels.shapes import c2pa, encoded, shaped

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def label(producer="gateway.example"):
    return tc260.text_of(producer, "A" * 26, "v1.x")


def of(artwork, channel=Channel.DOWNLOAD, **options):
    with (
        found := renditions.of(artwork, to=None, channel=channel, **options)
    ).open() as file:
        return found, file.read()


def stored(by, content):
    kept = archive.store(content)
    made = factories.artwork(by)
    made.sha256, made.content_type = kept.sha256, kept.content_type
    made.save(update_fields=["sha256", "content_type"])
    return made


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_two_exports_are_the_same_bytes_of_the_same_id(alice, kind):
    artwork = stored(alice, encoded(kind, size=(300, 200)))
    first, content = of(artwork)
    labelled_files.remove(artwork.sha256)
    again, other = of(artwork)
    assert content == other and first.sha256 == again.sha256
    assert first.size == len(content)
    corner, moved = of(artwork, corner="top-left")
    assert moved != content
    assert corner.produce_id == first.produce_id
    ids = [
        tc260.read(provenance.origin(each).labels[0][1]) for each in (content, moved)
    ]
    assert ids[0] == ids[1] and ids[0]["ProduceID"] == first.produce_id
    assert Label.objects.count() == 1


def test_the_archive_keeps_the_bytes_of_the_gateway(alice):
    artwork = factories.artwork(alice)
    with archive.open_rendition(artwork.sha256, "original") as file:
        before = file.read()
    of(artwork)
    with archive.open_rendition(artwork.sha256, "original") as file:
        assert file.read() == before


def test_an_unknown_corner_is_the_usual_one(alice):
    artwork = factories.artwork(alice)
    usual = of(artwork)[1]
    for corner in ("", "none", "bottom-right", "../x"):
        assert of(artwork, corner=corner)[1] == usual


def test_without_a_producer_no_label_is_invented(alice, settings):
    settings.LABEL_PRODUCER = ""
    found = provenance.origin(of(factories.artwork(alice))[1])
    assert found.labels == () and found.sources == (xmp.TRAINED,)


def test_the_gateways_label_is_kept_byte_for_byte(alice):
    text = label()
    for shape in ("png text", "jpeg xmp", "webp exif"):
        artwork = stored(alice, shaped(shape, text))
        found, content = of(artwork)
        assert [each for _at, each in provenance.origin(content).labels] == [text]
        assert found.upstream == Label.Upstream.KEPT


def test_contradicting_labels_become_ours_and_are_kept_in_the_row(alice):
    content = shaped("png text", label("one"))
    with Image.open(io.BytesIO(content)) as picture:
        text = picture.text
    assert text == {"AIGC": label("one")}
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = (
        b"ASCII\0\0\0" + f'{{"AIGC":{label("two")}}}'.encode()
    )
    chunk = containers.png_chunk("eXIf", exif.tobytes()[6:])
    artwork = stored(alice, content[:33] + chunk + content[33:])
    found, made = of(artwork)
    (read,) = provenance.origin(made).labels
    assert tc260.read(read[1])["ProduceID"] == found.produce_id
    row = Label.objects.get(artwork=artwork)
    assert row.upstream == Label.Upstream.REPLACED
    assert len(json.loads(row.upstream_text)) == 2


def test_a_signed_original_is_drawn_without_its_manifest(alice):
    artwork = stored(alice, c2pa(encoded("JPEG", size=(200, 200))))
    found, content = of(artwork)
    assert found.had_c2pa and not provenance.origin(content).has_c2pa
    with archive.open_rendition(artwork.sha256, "original") as file:
        assert provenance.origin(file.read()).has_c2pa


def test_each_file_that_leaves_is_on_record(alice, signed_in):
    artwork, client = factories.artwork(alice), signed_in(alice)
    b"".join(client.get(f"/artworks/{artwork.pk}/picture/"))
    assert not Export.objects.exists()  # a look
    answer = client.get(f"/artworks/{artwork.pk}/picture/?download=1")
    content = b"".join(answer)
    row = Export.objects.get()
    assert (row.by, row.channel, row.address) == (alice, "download", "127.0.0.1")
    assert (
        row.is_explicit
        and row.sha256 == renditions.of(artwork, to=alice, channel=Channel.VIEW).sha256
    )
    kept = client.get(
        f"/artworks/{artwork.pk}/picture/?download=1",
        headers={"If-None-Match": answer["ETag"]},
    )
    assert kept.status_code == 304 and content
    assert Export.objects.count() == 1


def test_a_share_link_is_recorded_once_a_day_and_address(alice):
    artwork = factories.artwork(alice)
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        of(artwork, Channel.SHARE, address=address)
    assert Export.objects.count() == 2


def test_records_survive_the_removal_of_the_files(alice):
    artwork = factories.artwork(alice)
    of(artwork)
    deletion.delete([artwork.pk], by=alice, team=artwork.team)
    Artwork.objects.update(erase_after=timezone.now())
    deletion.erase_due()
    assert not archive.is_stored(artwork.sha256)
    assert labelled_files.hashes(artwork.sha256) == set()
    assert Export.objects.get().artwork == Label.objects.get().artwork == artwork
    with pytest.raises(FileNotFoundError):
        of(artwork)


def test_old_copies_are_removed_and_made_again(alice, monkeypatch):
    artwork = factories.artwork(alice)
    before = of(artwork)[0]
    labelled_files.tidy()
    assert labelled_files.hashes(artwork.sha256) == {before.sha256}
    monkeypatch.setattr(labelled_files, "KEPT", -labelled_files.KEPT)
    labelled_files.tidy()
    assert labelled_files.hashes(artwork.sha256) == set()
    assert of(artwork)[0].sha256 == before.sha256


def test_a_copy_that_was_cut_off_is_made_again(alice):
    artwork = factories.artwork(alice)
    found, content = of(artwork)
    with default_storage.open(found.copy.path, "wb") as file:
        file.write(content[:50])
    assert of(artwork)[1] == content


def test_other_rules_and_texts_are_other_copies(alice, settings, monkeypatch):
    artwork = factories.artwork(alice)
    made = [of(artwork)[0].etag]
    settings.LABEL_TEXT = "人工智能生成"
    made.append(of(artwork)[0].etag)
    monkeypatch.setattr(label_settings, "RULES", "2")
    made.append(of(artwork)[0].etag)
    assert len(set(made)) == 3


def test_a_copy_that_cannot_be_read_back_is_never_sent(alice, signed_in, monkeypatch):
    artwork = factories.artwork(alice)
    monkeypatch.setattr("labels.splicing.with_packet", lambda content, _packet: content)
    answer = signed_in(alice).get(f"/artworks/{artwork.pk}/picture/")
    assert answer.status_code == 500
    assert answer["Content-Type"].startswith("text/html")
    assert not labelled_files.hashes(artwork.sha256)


def test_a_thread_is_not_held_while_a_copy_is_made(alice, signed_in, monkeypatch):
    """The browser follows to the same address, and finds the copy."""
    artwork, made = factories.artwork(alice), labelled_files._labelled

    def slow(content, wanted):
        time.sleep(0.2)
        return made(content, wanted)

    monkeypatch.setattr(labelled_files, "_labelled", slow)
    monkeypatch.setattr(file_responses, "PATIENCE_SECONDS", 0.02)
    client = signed_in(alice)
    answer = client.get(f"/artworks/{artwork.pk}/picture/?download=1")
    assert answer.status_code == 302
    assert "download=1" in answer.url and "waited=1" in answer.url
    assert Artwork.objects.get(pk=artwork.pk).first_downloaded_at is None
    while answer.status_code == 302:
        answer = client.get(answer.url)
    assert answer.status_code == 200 and b"".join(answer)
    late = client.get(f"/artworks/{artwork.pk}/picture/?corner=top&waited=15")
    assert (late.status_code, late["Retry-After"]) == (503, "10")


def test_equal_requests_make_one_copy(alice, monkeypatch):
    artwork, made, calls = factories.artwork(alice), labelled_files._labelled, []

    def counted(content, wanted):
        calls.append(wanted)
        return made(content, wanted)

    monkeypatch.setattr(labelled_files, "_labelled", counted)
    wanted = renditions.of(artwork, to=None, channel=Channel.VIEW)
    labelled_files.remove(artwork.sha256)
    calls.clear()
    row = labelled_files.Wanted(
        artwork.sha256, "bottom-right", label_rows.mark_of(renditions.label_of(artwork))
    )
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _n: labelled_files.of(row).sha256, range(8)))
    assert found == {wanted.sha256}
    assert len(calls) == 1


# --- What went in


def used(by, content, **fields):
    upload = uploads.take(ContentFile(content), by=by, team=factories.team(), **fields)
    parameters = {"image": [{"token": upload.token, "extension": "png"}]}
    return factories.artwork(by, generation_fields={"parameters": parameters})


def test_an_edit_of_a_photo_is_a_composite(alice):
    photo = encoded("JPEG", size=(90, 90))
    edited = used(alice, photo)
    assert provenance.origin(of(edited)[1]).sources == (xmp.COMPOSITE,)
    again = used(alice, photo, made_of=edited)
    assert provenance.origin(of(again)[1]).sources == (xmp.COMPOSITE,)


def test_an_edit_of_an_ai_picture_is_known_as_one(alice):
    for shape in ("png text", "jpeg exif", "webp xmp"):
        artwork = used(alice, shaped(shape, label()))
        found = uploads.Upload.objects.latest("pk")
        assert found.origin["ai"] and found.origin["labels"] == [label()]
        with uploads.open_whole(found) as file:  # as before: nothing is passed on
            assert provenance.origin(file.read()).labels == ()
        assert provenance.origin(of(artwork)[1]).sources == (xmp.TRAINED,)
    plain = used(alice, c2pa(encoded("JPEG", size=(90, 90))))
    assert uploads.Upload.objects.latest("pk").origin["c2pa"]
    assert provenance.origin(of(plain)[1]).sources == (xmp.COMPOSITE,)


# --- From the gateway's bytes to the pixels that leave

MODES = {
    "PNG": ["RGB", "RGBA", "P", "LA", "L", "1", "I;16"],
    "JPEG": ["RGB", "L", "CMYK"],
    "WEBP": ["RGB", "RGBA"],
}
SIZES = [(64, 64), (512, 4096), (700, 300)]


def made_in(kind, mode, size):
    picture = Image.radial_gradient("L").resize(size)
    if mode == "I;16":
        picture = Image.frombytes(
            mode, size, bytes(b for level in picture.tobytes() for b in (level, level))
        )
    elif mode != "L":
        picture = picture.convert("RGB").convert("L" if mode == "LA" else mode)
        picture = picture.convert(mode)
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("kind", "mode"), [(kind, mode) for kind in MODES for mode in MODES[kind]]
)
def test_the_label_is_high_enough_in_every_format(kind, mode, size, settings):
    mark = encoding.Mark(label(), xmp.TRAINED)
    wanted = labelled_files.Wanted("", label_settings.CORNERS[0], mark)
    made = labelled_files._labelled(made_in(kind, mode, size), wanted)
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.format, picture.size) == (kind, size)
        box = test_drawing.box_of(size)
        patch = picture.convert("RGB").crop(box).convert("L")
    for letter in test_drawing.letters(patch, min(size)):
        ink = letter.point(lambda level: 255 if level > 170 else 0).getbbox()
        assert ink[3] - ink[1] >= min(size) * 0.05
