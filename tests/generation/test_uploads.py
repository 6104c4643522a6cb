"""Pictures that people bring: checked, written anew, private, and shown for a day."""

import io
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from PIL import Image, PngImagePlugin

from generation import archive, tasks, uploads
from generation.models import Upload, UploadMinute
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


def picture(kind="PNG", size=(96, 64), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, 90 if mode == "L" else (90, 120, 40, 128)[: len(mode)]).save(
        out, kind, **options
    )
    return out.getvalue()


def take(by, content, limits=None, team=None):
    file, team = ContentFile(content), team or factories.team()
    return uploads.take(file, by=by, team=team, limits=limits)


def files(settings):
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def stored(upload):
    with uploads.open_whole(upload) as file:
        return file.read()


# --- Checked and written anew


@pytest.mark.parametrize(
    ("kind", "content_type", "extension"),
    [
        ("PNG", "image/png", "png"),
        ("JPEG", "image/jpeg", "jpg"),
        ("WEBP", "image/webp", "webp"),
    ],
)
def test_it_keeps_its_kind_and_size(alice, kind, content_type, extension):
    upload = take(alice, picture(kind))
    assert (upload.content_type, upload.extension) == (content_type, extension)
    assert (upload.width, upload.height) == (96, 64)
    again = Image.open(io.BytesIO(stored(upload)))
    assert (again.format, again.size) == (kind, (96, 64))
    assert upload.size == len(stored(upload))


def test_where_it_was_taken_is_not_kept(alice):
    exif = Image.Exif()
    exif[0x0110] = "A camera of alice"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 0.0)
    exif[0x0112] = 6  # lies on its side
    for kind in ("JPEG", "PNG", "WEBP"):
        content = picture(kind, exif=exif)
        assert b"camera" in content
        upload = take(alice, content)
        assert b"camera" not in stored(upload)
        assert not Image.open(io.BytesIO(stored(upload))).getexif()
        assert (upload.width, upload.height) == (64, 96)  # upright


def test_what_hides_behind_it_is_not_kept(alice):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret words")
    content = picture("PNG", pnginfo=notes) + b"<script>alert(1)</script>"
    upload = take(alice, content)
    assert b"secret" not in stored(upload)
    assert b"script" not in stored(upload)


def test_transparency_stays(alice):
    upload = take(alice, picture("PNG", mode="RGBA"))
    assert Image.open(io.BytesIO(stored(upload))).mode == "RGBA"


@pytest.mark.parametrize("mode", ["L", "P", "CMYK"])
def test_odd_modes_are_made_usual(alice, mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new("RGB", (80, 80), (1, 2, 3)).convert(mode).save(out, kind)
    upload = take(alice, out.getvalue())
    assert Image.open(io.BytesIO(stored(upload))).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture()[:60],
        picture("GIF"),
        picture("BMP"),
        picture(size=(63, 200)),
        picture(size=(7000, 6000), mode="L"),
    ],
    ids=["empty", "text", "svg", "half", "gif", "bmp", "small", "pixels"],
)
def test_what_is_not_taken(alice, content):
    with pytest.raises(uploads.NotTaken):
        take(alice, content)
    assert not Upload.objects.exists()


def test_too_many_pixels_have_their_own_sentence(alice):
    with pytest.raises(uploads.NotTaken, match="too many pixels: 40 million at most"):
        take(alice, picture(size=(7000, 6000), mode="L"))


def test_what_is_refused_leaves_no_row_and_no_file(alice, settings):
    """Each is refused later than the one before; none is stored first."""
    noise = Image.effect_noise((200, 200), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    for content, limits in (
        (picture()[:-30], uploads.Limits()),
        (picture(size=(63, 200)), uploads.Limits()),
        (picture(), uploads.Limits(most_pixels=96 * 64 - 1)),
        (out.getvalue(), uploads.Limits(most_bytes=10_000)),
    ):
        with pytest.raises(uploads.NotTaken):
            take(alice, content, limits)
        assert not Upload.objects.exists()
        assert not files(settings)
    settings.UPLOADS_MAX_BYTES_PERSON = 1000
    with pytest.raises(uploads.NotTaken):
        take(alice, out.getvalue())
    assert not Upload.objects.exists()
    assert not files(settings)


@pytest.mark.parametrize("which", ["uploads", "upload-thumbnails"])
def test_a_full_disk_leaves_no_row_and_no_file(alice, settings, monkeypatch, which):
    def full(self, name, content):
        if name.startswith(f"{which}/"):
            raise OSError(28, "No space left on device")
        return save(self, name, content)

    save = FileSystemStorage._save
    kept = take(alice, picture(size=(70, 70)))
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", full)
        with pytest.raises(uploads.NotTaken, match="could not store"):
            take(alice, picture())
    assert Upload.objects.get() == kept
    assert len(files(settings)) == 2


def test_a_file_that_is_too_large(alice, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 100)
    with pytest.raises(uploads.NotTaken, match="20 MB"):
        take(alice, picture())


# --- Who sees it


def status(client, address):
    answer = client.get(address)
    if answer.streaming:
        assert b"".join(answer)
    return answer.status_code


def test_only_its_owner_sees_it(alice, bob, mona, otto, signed_in, client):
    """Moderators see it in their review, after a counted look."""
    colleague = factories.user("carol")
    upload = take(alice, picture())
    address = f"/uploads/{upload.token}/"
    assert status(signed_in(alice), address) == 200
    for other in (mona, otto, colleague, bob):
        assert status(signed_in(other), address) == 404
    assert status(client, address) == 302  # to the door


def test_only_its_owner_asks_with_it(alice, mona, signed_in, listed_uploads):
    upload = take(alice, picture())
    for user, expected in ((alice, True), (mona, False)):
        page = (
            signed_in(user)
            .get(f"/?operation=wujie-youthify&photo={upload.token}")
            .content.decode()
        )
        assert (f'value="{upload.token}"' in page) is expected


@pytest.fixture
def listed_uploads(db):
    factories.catalogue()


# --- For the gateway


def path_of(upload):
    address = uploads.address(upload.token, upload.extension)
    return address.removeprefix(uploads.reached_at())


def test_the_signed_address_needs_no_sign_in(alice, client):
    upload = take(alice, picture())
    answer = client.get(path_of(upload))
    assert b"".join(answer) == stored(upload)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_it_expires(alice, client, monkeypatch):
    path = path_of(take(alice, picture()))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + uploads.ADDRESS_SECONDS - 5)
    assert status(client, path) == 200
    monkeypatch.setattr(time, "time", lambda: now + uploads.ADDRESS_SECONDS + 5)
    assert status(client, path) == 404


@pytest.mark.parametrize("part", ["signature", "token", "extension"])
def test_an_address_of_ones_own_making(alice, client, part):
    upload = take(alice, picture())
    path = path_of(upload)
    forged = {
        "signature": path.replace("/picture.", "x/picture."),
        "token": f"/uploads/for-gateway/{upload.token}/picture.png",
        "extension": path.replace("picture.png", "picture.html"),
    }[part]
    assert status(client, path) == 200
    assert status(client, forged) == 404


def test_a_post_is_no_get(alice, client):
    assert client.post(path_of(take(alice, picture()))).status_code == 405


# --- Brought by the form


def bring(client, content, field="photo", operation="wujie-youthify", **data):
    file = SimpleUploadedFile("me <b>.png", content, "image/png")
    sent = {"operation": operation, "field": field, f"files:{field}": file, **data}
    return client.post("/uploads/", sent, headers=HTMX)


def test_a_picture_appears_in_its_field(alice, signed_in):
    answer = bring(signed_in(alice), picture())
    upload = Upload.objects.get()
    part = answer.content.decode()
    assert answer.status_code == 200
    assert part.count("<fieldset") == 1
    assert f'name="photo" value="{upload.token}" checked' in part
    assert upload.uploaded_by == alice


def test_a_newer_one_takes_the_place_of_the_only_one(alice, signed_in):
    client = signed_in(alice)
    bring(client, picture())
    first = Upload.objects.get()
    part = bring(client, picture(size=(70, 70)), photo=first.token).content.decode()
    assert first.token not in part
    assert Upload.objects.latest("pk").token in part


def test_several_stand_beside_each_other(alice, signed_in):
    client = signed_in(alice)
    bring(client, picture(), "images", "openai-edit")
    first = Upload.objects.get()
    second = bring(
        client, picture(size=(70, 70)), "images", "openai-edit", images=first.token
    )
    for upload in Upload.objects.all():
        assert upload.token in second.content.decode()


def test_why_it_is_not_taken_stands_beside_it(alice, signed_in):
    answer = bring(signed_in(alice), b"no picture")
    assert answer.status_code == 422
    part = answer.content.decode()
    assert "no png, jpeg or webp" in part
    assert "me &lt;b&gt;.png" in part


def test_one_too_large_for_the_gateway_is_told_at_once(alice, signed_in):
    noise = Image.effect_noise((1600, 1600), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    answer = bring(signed_in(alice), out.getvalue())
    assert answer.status_code == 422
    assert "2 MB at most" in answer.content.decode()
    assert not Upload.objects.exists()


def test_one_of_too_many_pixels_for_its_field_is_told_at_once(alice, signed_in):
    content = picture(size=(4001, 4000), mode="L")
    part = bring(signed_in(alice), content).content.decode()
    assert "too many pixels: 16 million at most here" in part
    assert not Upload.objects.exists()


def test_an_earlier_one_of_too_many_pixels_is_refused(alice, signed_in):
    client = signed_in(alice)
    token = take(alice, picture()).token
    Upload.objects.update(width=4001, height=4000)
    values = {"operation": "wujie-youthify", "photo": token}
    page = client.post("/generations/", {**values, "submit_key": uuid4()})
    assert page.status_code == 422
    assert "too many pixels" in page.content.decode()


def test_while_gateways_reach_nothing_nothing_is_stored(alice, signed_in, settings):
    settings.SANDBOX_REACHES = ""
    part = bring(signed_in(alice), picture(), "init_image", "wujie-drawing")
    assert "WJPORTAL_PUBLIC_URL" in part.content.decode()
    assert not Upload.objects.exists()


@pytest.mark.parametrize("field", ["prompt", "nothing", ""])
def test_a_field_that_takes_none(alice, signed_in, field):
    assert bring(signed_in(alice), picture(), field).status_code == 404


def test_a_get_brings_nothing(alice, signed_in):
    assert signed_in(alice).get("/uploads/").status_code == 405


def test_a_colleagues_token_is_refused(alice, mona, signed_in):
    hers = take(mona, picture())
    form = signed_in(alice).post(
        "/generations/",
        {
            "operation": "wujie-youthify",
            "photo": hers.token,
            "submit_key": "6a5f2f8e-5d0c-4f8e-8a59-0d3c3f3f3f3f",
        },
    )
    assert form.status_code == 422
    assert "A picture is gone." in form.content.decode()


# --- Quotas


def test_a_person_has_so_many_bytes(alice, mona, settings):
    size = take(alice, picture()).size
    settings.UPLOADS_MAX_BYTES_PERSON = 2 * size
    take(alice, picture())
    with pytest.raises(uploads.NotTaken, match="Your uploads would exceed"):
        take(alice, picture())
    take(mona, picture())  # it is her own room
    assert alice.uploads.count() == 2


def test_a_person_has_them_in_all_teams_together(alice, settings):
    size = take(alice, picture()).size
    settings.UPLOADS_MAX_BYTES_PERSON = 2 * size - 1
    with pytest.raises(uploads.NotTaken, match="Your uploads"):
        take(alice, picture(), team=factories.team("another"))


def test_a_team_has_so_many_bytes(alice, mona, settings):
    size = take(alice, picture()).size
    settings.UPLOADS_MAX_BYTES_TEAM = 2 * size
    take(mona, picture())
    with pytest.raises(uploads.NotTaken, match="team's uploads would exceed"):
        take(alice, picture())
    take(alice, picture(), team=factories.team("another"))


def test_a_full_quota_tells_when_there_is_room(alice, settings):
    settings.UPLOADS_MAX_BYTES_PERSON = 100 * 1024**2
    upload = take(alice, picture())
    last = timezone.now() - timedelta(days=3)
    Upload.objects.filter(pk=upload.pk).update(size=100 * 1024**2, used_at=last)
    day = date_format(timezone.localtime(last + Upload.KEPT))
    with pytest.raises(uploads.NotTaken) as raised:
        take(alice, picture())
    assert "100 MB" in raised.value.message
    assert f"deleted on {day}" in raised.value.message


def test_a_full_quota_decodes_nothing(alice, settings, monkeypatch):
    settings.UPLOADS_MAX_BYTES_PERSON = take(alice, picture()).size
    monkeypatch.setattr(uploads, "checked", None)
    with pytest.raises(uploads.NotTaken, match="Your uploads"):
        take(alice, picture())


def test_a_burst_is_refused_undecoded(alice, mona, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_A_MINUTE", 3)
    take(alice, picture())
    for _ in range(2):  # refused ones count
        with pytest.raises(uploads.NotTaken, match="no png"):
            take(alice, b"no picture")
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "checked", None)
        with pytest.raises(uploads.NotTaken, match="3 uploads a minute"):
            take(alice, picture())
    take(mona, picture())
    assert Upload.objects.count() == 2
    UploadMinute.objects.update(began_at=timezone.now() - UploadMinute.LENGTH)
    take(alice, picture())


def test_a_clock_that_was_set_back_locks_nobody_out(alice, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_A_MINUTE", 1)
    take(alice, picture())
    UploadMinute.objects.update(began_at=timezone.now() + timedelta(days=1))
    take(alice, picture())


def test_a_refusal_stands_in_its_field(alice, signed_in, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_A_MINUTE", 0)
    UploadMinute.objects.create(user=alice, began_at=timezone.now(), files=0)
    answer = bring(signed_in(alice), picture())
    part = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="field-photo"' in part
    assert "uploads a minute" in part


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_at_once_share_one_rest_of_the_quota(alice, settings):
    size = take(alice, picture()).size
    settings.UPLOADS_MAX_BYTES_PERSON = 2 * size
    team, start, refused = factories.team(), threading.Barrier(2), []

    def bring_one():
        try:
            start.wait(60)
            take(alice, picture(), team=team)
        except uploads.NotTaken as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(refused) == 1
    assert alice.uploads.count() == 2


# --- Kept for a while


def test_what_nobody_uses_goes_with_its_files(alice, mona):
    old, kept, same = (take(alice, picture(size=(70, 70 + n))) for n in (0, 1, 0))
    past = timezone.now() - Upload.KEPT - timedelta(hours=1)
    Upload.objects.filter(pk=old.pk).update(used_at=past)
    tasks.tidy()
    assert set(Upload.objects.all()) == {kept, same}
    assert default_storage.exists(uploads.name(same.sha256))  # of the same bytes
    Upload.objects.filter(pk=same.pk).update(used_at=past)
    tasks.tidy()
    assert not default_storage.exists(uploads.name(same.sha256))
    assert not default_storage.exists(uploads.thumbnail_name(same.sha256))
    assert default_storage.exists(uploads.name(kept.sha256))


def test_asking_with_it_keeps_it_for_longer(alice):
    upload = take(alice, picture())
    Upload.objects.update(used_at=timezone.now() - Upload.KEPT)
    uploads.note_use({"photo": [{"token": upload.token}], "pictures": 1, "tags": ["x"]})
    assert not Upload.objects.expired(timezone.now()).exists()


# --- From the gallery


def pick(client, artwork, field="init_image"):
    asked = {"operation": "wujie-drawing", "field": field, "artwork": artwork.pk}
    return client.post("/uploads/", asked)


@pytest.fixture
def shown(alice):
    return factories.artwork(alice)


def test_a_shown_picture_becomes_an_upload(alice, shown, signed_in):
    factories.catalogue()
    answer = pick(signed_in(alice), shown)
    made = Upload.objects.get()
    assert (made.uploaded_by, made.team) == (alice, shown.team)
    assert f'value="{made.token}" checked' in answer.text
    assert pick(signed_in(alice), shown, "prompt").status_code == 404


def test_a_picture_that_is_not_shown_becomes_none(alice, bob, shown, signed_in):
    factories.catalogue()
    held = factories.artwork(alice, moderation="held")
    assert pick(signed_in(alice), held).status_code == 404
    assert pick(signed_in(bob), shown).status_code == 404
    assert not Upload.objects.exists()


def test_a_picture_without_a_file_is_said(alice, signed_in):
    factories.catalogue()
    made = factories.artwork(alice)
    default_storage.delete(archive.name(made.sha256, "original"))
    answer = pick(signed_in(alice), made)
    assert answer.status_code == 422
    assert "not stored any more" in answer.text


def test_only_ones_own_shown_pictures_are_offered(alice, mona, shown, signed_in):
    factories.artwork(alice, moderation="held")
    factories.artwork(mona)
    page = signed_in(alice).get("/uploads/pictures/?field=init_image").text
    assert page.count("<button") == 1
    assert f"/artworks/{shown.pk}/thumbnail/" in page


def test_many_pictures_to_choose_from_cost_as_many_queries(
    alice, shown, signed_in, django_assert_num_queries
):
    client, url = signed_in(alice), "/uploads/pictures/?field=init_image"
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _each in range(5):
        factories.artwork(alice)
    with django_assert_num_queries(len(few)):
        client.get(url)
