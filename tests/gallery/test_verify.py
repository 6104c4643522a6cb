"""Findings about files: the portal's own, others', broken and hostile ones."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from gallery import verifying
from gallery.presenters import findings_words
from generation import archive, renditions
from generation.renditions import Channel
from labels import encoding, tc260, xmp
from labels.findings import Code, NotChecked
from labels.label_rows import secret
from tests import factories
from tests.labels.shapes import SHAPES, c2pa, encoded, shaped

pytestmark = pytest.mark.django_db

OTHER = tc260.text_of("gateway.example", "A" * 26, "v1.x")


def handed_out(artwork, channel=Channel.DOWNLOAD):
    found = renditions.of(artwork, to=artwork.requested_by, channel=channel)
    with found.open() as file:
        return file.read()


def codes(content, asker=None):
    return [each.code for each in verifying.verify(content, asker=asker)]


def marked(text, content=None):
    mark = encoding.Mark(text, xmp.TRAINED)
    return encoding.marked(content or encoded("PNG"), mark)


def resaved(content):
    """As an editor does that keeps the metadata."""
    with Image.open(io.BytesIO(content)) as picture:
        kept, out = picture.info["xmp"], io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", xmp=kept)
    return out.getvalue()


@pytest.mark.parametrize("channel", [Channel.DOWNLOAD, Channel.VIEW])
def test_our_own_file_is_known(alice, channel):
    content = handed_out(factories.artwork(alice), channel)
    assert codes(content) == [Code.OURS_INTACT, Code.IPTC]
    assert codes(resaved(content)) == [Code.OURS_CHANGED, Code.IPTC]


def test_our_own_file_is_known_after_the_secret_changed(alice, settings):
    content = handed_out(factories.artwork(alice))
    settings.SECRET_KEY = "another key of the portal, also long enough for Django"
    settings.LABEL_PRODUCER = "another-name"
    assert codes(content)[0] == Code.OURS_INTACT


def test_a_forged_label_claims_to_be_ours(alice, settings):
    content = handed_out(factories.artwork(alice))
    assert content
    producer = settings.LABEL_PRODUCER
    unknown = tc260.text_of(producer, secret().produce_id(10**9), "v1.forged")
    known = renditions.label_of(factories.artwork(alice))
    sealed = tc260.text_of(producer, known.produce_id, "v1.forged")
    for text in (unknown, sealed):
        assert codes(marked(text))[0] == Code.CLAIMS_OURS


@pytest.mark.parametrize("shape", SHAPES)
def test_anothers_label_is_told_wherever_it_stands(shape):
    found = verifying.verify(shaped(shape, OTHER), asker=None)
    assert found[0].code == Code.LABELLED
    assert found[0].facts["label"]["ContentProducer"] == "gateway.example"


@pytest.mark.parametrize(
    ("text", "fault", "clause"),
    [
        ("{}", "missing:", "E b"),
        (OTHER.replace('"1"', '"AIGC"', 1), "unknown_label", "E c"),
        (OTHER.replace("gateway.example", "Minimax Agent AI"), "characters", "E j"),
    ],
)
def test_a_broken_label_is_named_by_its_clause(text, fault, clause):
    found = verifying.verify(marked(text), asker=None)[0]
    assert found.code == Code.BROKEN
    assert found.facts["fault"].startswith(fault)
    assert found.facts["clause"] == clause


def test_two_labels_are_a_fault():
    one = shaped("png text", OTHER)
    other = shaped("png exif", OTHER.replace("gateway.", "another."))
    chunk = other[other.index(b"eXIf") - 4 :]
    size = int.from_bytes(chunk[:4], "big") + 12
    both = one[:33] + chunk[:size] + one[33:]
    found = verifying.verify(both, asker=None)
    assert [each.code for each in found] == [Code.BROKEN, Code.LABELLED, Code.LABELLED]
    assert found[0].facts["fault"] == "contradicting"
    assert found[0].facts["clause"] == "6.1 c"


def test_nothing_and_c2pa_and_iptc_are_told():
    assert codes(encoded("PNG")) == [Code.NOTHING]
    assert codes(c2pa(encoded("JPEG"))) == [Code.C2PA]
    assert codes(marked("")) == [Code.IPTC]


def test_pixels_are_known_to_whoever_may_see_the_picture(alice, bob):
    asked = encoded("JPEG", size=(256, 256))
    likeness = archive.store(asked).likeness
    artwork = factories.artwork(alice, likeness=likeness)
    factories.artwork(alice, moderation="held", likeness=likeness)
    (found,) = verifying.verify(asked, asker=alice)
    assert found.code == Code.PIXELS_KNOWN
    assert found.facts["artworks"] == [artwork.pk]
    for stranger in (bob, None):
        assert codes(asked, stranger) == [Code.NOTHING]


def test_a_stranger_learns_nothing_beyond_the_files_own_text(alice, bob):
    artwork = factories.artwork(alice)
    content = handed_out(artwork)
    (own, _iptc) = verifying.verify(content, asker=alice)
    assert own.facts["artwork"] == artwork.pk
    for stranger in (bob, None):
        (found, _iptc) = verifying.verify(content, asker=stranger)
        assert set(found.facts) == {"place", "label"}
        told = set(found.facts["label"].values()) - {""}
        assert all(value.encode() in content for value in told)


def test_hostile_files_are_refused_in_words(alice):
    whole = handed_out(factories.artwork(alice))
    for content in (
        b"",
        b"GIF89a",
        whole[:60],
        whole[:-20],
        b"RIFF\0\0\0\0WEBP",
        b"\xff\xd8\xff",
    ):
        try:
            assert codes(content, alice)
        except NotChecked as error:
            assert findings_words.refusal(error.code)
    with pytest.raises(NotChecked, match="too_large"):
        verifying.verify(b"\0" * (50 * 1024**2 + 1), asker=None)


# --- The page and the command


def sent(client, content, **extra):
    file = SimpleUploadedFile("picture.png", content)
    return client.post("/verify/", {"file": file}, **extra)


def test_the_page_tells_and_stores_nothing(alice, signed_in, settings):
    artwork, client = factories.artwork(alice), signed_in(alice)
    content = handed_out(artwork)
    before = sorted(settings.MEDIA_ROOT.rglob("*"))
    assert client.get("/verify/").status_code == 200
    text = sent(client, content).text
    assert "Labelled by this portal, unchanged" in text
    assert f"/artworks/{artwork.pk}/" in text
    assert sorted(settings.MEDIA_ROOT.rglob("*")) == before
    for wrong in (b"no picture", b""):
        answer = sent(client, wrong)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert "real" not in text and "fake" not in text


def test_it_speaks_json(alice, signed_in):
    client, accept = signed_in(alice), {"Accept": "application/json"}
    found = sent(client, marked(OTHER), headers=accept).json()
    assert found["findings"][0]["finding"] == "labelled"
    answer = sent(client, b"x", headers=accept)
    assert (answer.status_code, answer.json()) == (422, {"error": "unreadable"})


def test_it_is_private_or_public_by_setting(settings):
    client = Client()
    assert "/login/" in client.get("/verify/").url
    assert "/login/" in sent(client, encoded("PNG")).url
    settings.VERIFY_PUBLIC = True
    assert client.get("/verify/").status_code == 200
    assert "proves nothing" in sent(client, encoded("PNG")).text


def test_one_address_may_not_ask_for_ever(alice, signed_in):
    client = signed_in(alice)
    answers = [sent(client, b"x").status_code for _ in range(70)]
    assert answers[0] == 422 and answers[-1] == 429


def test_every_finding_has_words_in_both_languages():
    for code in Code:
        found = verifying.Finding(code, {"fault": "several"})
        (said,) = findings_words.said([found])
        assert said.title and said.text


def test_the_command_prints_the_same(alice, tmp_path, capsys):
    file = tmp_path / "picture"
    file.write_bytes(content := handed_out(factories.artwork(alice)))
    call_command("verify_file", str(file))
    found = json.loads(capsys.readouterr().out)
    assert found == verifying.as_json(verifying.verify(content, asker=None))
    file.write_bytes(b"no picture")
    for path in (file, tmp_path / "none"):
        with pytest.raises(CommandError):
            call_command("verify_file", str(path))
