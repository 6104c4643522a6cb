"""A result is stored whole with its two small copies, or tried again; never half."""

import datetime
import hashlib
import io
import random
import struct
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from generation import archive, downloads
from generation.downloads import NotFetched
from generation.models import Artwork, Generation, ProviderTask
from notifications import alerts
from notifications.models import Alert
from reconciliation import invariants
from tests import factories

pytestmark = pytest.mark.both_databases

Status = Generation.Status


def encoded(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def busy(width=512, height=384, mode="RGB"):
    """A picture full of detail: noise, lines and letters."""
    dice = random.Random(7)
    picture = Image.frombytes(
        "RGB", (width, height), dice.randbytes(width * height * 3)
    )
    pen = ImageDraw.Draw(picture)
    for x in range(0, width, 16):
        pen.line((x, 0, width - x, height), fill=(255, 255, 255), width=3)
    pen.text((20, 20), "A FACE, A NAME, A NUMBER 13800000000", fill=(0, 0, 0))
    return picture.convert(mode)


def rendition(stored, which):
    with archive.open_rendition(stored.sha256, which) as file:
        return Image.open(io.BytesIO(file.read())).copy()


@pytest.fixture
def unstored(alice):
    """``unstored()``: drawn, not fetched yet; due now."""

    def make(**fields):
        artwork = factories.artwork(alice, moderation=Artwork.Moderation.PENDING)
        Artwork.objects.filter(pk=artwork.pk).update(
            **{
                "stored_at": None,
                "sha256": "",
                "fetch_after": timezone.now(),
            }
            | fields
        )
        artwork.refresh_from_db()
        return artwork

    return make


@pytest.fixture
def served(monkeypatch):
    """``served(content)``: every download brings these bytes, or raises this."""

    def serve(content):
        def download(url):
            if isinstance(content, Exception):
                raise content
            return content

        monkeypatch.setattr(downloads, "download", download)

    return serve


def run(artwork):
    """Claim, fetch and book one artwork."""
    (claimed,) = archive.claim_unstored(1)
    assert claimed == artwork
    outcome = archive.fetch(claimed)
    archive.book_fetched([(claimed, outcome)])
    artwork.refresh_from_db()
    return outcome


# --- Stored


def test_it_is_stored_under_its_sha256_in_three_files(settings):
    content = encoded(busy())
    stored = archive.store(content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.content_type, stored.size) == ("image/png", len(content))
    assert (stored.width, stored.height) == (512, 384)
    with archive.open_rendition(stored.sha256, "original") as file:
        assert file.read() == content
    assert rendition(stored, "thumbnail").format is None
    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {stored.sha256}
    assert len(files) == 3


def test_nothing_is_there_that_was_not_stored(settings):
    with pytest.raises(FileNotFoundError):
        archive.open_rendition("0" * 64, "original")


@pytest.mark.parametrize(
    ("size", "small"),
    [((2000, 1000), (640, 320)), ((100, 300), (100, 300)), ((1, 3000), (1, 640))],
)
def test_a_thumbnail_keeps_the_proportions(size, small):
    stored = archive.store(encoded(Image.new("RGB", size, "red")))
    assert rendition(stored, "thumbnail").size == small


def test_a_cover_has_no_detail():
    stored = archive.store(encoded(busy()))
    cover = rendition(stored, "cover").convert("RGB")
    assert max(cover.size) == archive.COVER_SIDE
    # Whatever it holds fits into 20 pixels: made so small and blown up it is the same.
    tiny = cover.resize((20, 15), Image.Resampling.BOX)
    again = tiny.resize(cover.size, Image.Resampling.BICUBIC)
    difference = ImageStat.Stat(ImageChops.difference(cover, again))
    assert max(difference.mean) < 3
    thumbnail = rendition(stored, "thumbnail").convert("RGB").resize(cover.size)
    tiny = thumbnail.resize((20, 15), Image.Resampling.BOX)
    again = tiny.resize(cover.size, Image.Resampling.BICUBIC)
    detail = ImageStat.Stat(ImageChops.difference(thumbnail, again))
    assert max(detail.mean) > 20  # which the picture itself is not


def test_a_cover_keeps_the_colours():
    picture = Image.new("RGB", (400, 200), (20, 60, 200))
    cover = rendition(archive.store(encoded(picture)), "cover").convert("RGB")
    mean = ImageStat.Stat(cover).mean
    assert all(abs(a - b) < 12 for a, b in zip(mean, (20, 60, 200), strict=True))


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")],
)
def test_the_type_is_told_by_the_bytes(kind, content_type):
    assert archive.store(encoded(busy(64, 64), kind)).content_type == content_type


def test_a_jpeg_with_a_second_picture_is_a_jpeg():
    out = io.BytesIO()
    busy(64, 48).save(out, "MPO", save_all=True, append_images=[busy(16, 12)])
    stored = archive.store(out.getvalue())
    assert stored.content_type == "image/jpeg"
    assert (stored.width, stored.height) == (64, 48)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_has_a_thumbnail_and_a_cover(mode):
    picture = Image.new(mode, (64, 48))
    kind = "JPEG" if mode == "CMYK" else "PNG"
    stored = archive.store(encoded(picture, kind))
    assert rendition(stored, "thumbnail").size == (64, 48)
    assert rendition(stored, "cover").mode == "RGB"


def test_transparency_survives_in_the_thumbnail():
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    thumbnail = rendition(archive.store(encoded(picture)), "thumbnail")
    assert thumbnail.mode == "RGBA"
    assert thumbnail.getpixel((32, 32))[3] == 0


def test_it_is_turned_as_its_exif_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    picture = Image.new("RGB", (100, 50), "red")
    ImageDraw.Draw(picture).rectangle((0, 0, 30, 50), fill="blue")
    stored = archive.store(encoded(picture, "JPEG", exif=exif, quality=95))
    assert (stored.width, stored.height) == (50, 100)
    thumbnail = rendition(stored, "thumbnail").convert("RGB")
    assert thumbnail.size == (50, 100)
    assert thumbnail.getpixel((25, 5))[2] > 200  # what was left is on top


def test_an_animation_is_shown_by_its_first_picture():
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "green")]
    options = {"save_all": True, "append_images": frames[1:], "lossless": True}
    stored = archive.store(encoded(frames[0], "WEBP", **options))
    thumbnail = rendition(stored, "thumbnail").convert("RGB")
    red, green, blue = thumbnail.getpixel((32, 32))
    assert red > 200
    assert max(green, blue) < 60


def test_the_same_bytes_are_one_file_and_two_artworks(unstored, served, settings):
    served(encoded(busy(64, 64)))
    first, second = unstored(), unstored()
    before = len(list(settings.MEDIA_ROOT.rglob("originals/*/*")))
    run(first)
    run(second)
    assert first.sha256 == second.sha256
    assert first.pk != second.pk
    after = len(list(settings.MEDIA_ROOT.rglob("originals/*/*")))
    assert after == before + 1


# --- Refused


def bomb(side=20_000):
    return encoded(Image.new("1", (side, side)), compress_level=1)


#: Made where they are asked for: each process imports this.
SPOILED = {
    "empty": lambda: b"",
    "html": lambda: b"<!DOCTYPE html><html><body>502</body></html>",
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "gif": lambda: encoded(busy(32, 32).convert("P"), "GIF"),
    "tiff": lambda: encoded(busy(32, 32), "TIFF"),
    "truncated png": lambda: encoded(busy())[:-5000],
    "truncated jpeg": lambda: encoded(busy(), "JPEG")[:2000],
    "a header alone": lambda: encoded(busy())[:40],
    "a bomb": bomb,
    "a zip": lambda: b"PK\x03\x04" + bytes(100),
}


@pytest.mark.cases_of_the_wire
@pytest.mark.parametrize("make", SPOILED.values(), ids=SPOILED.keys())
def test_what_is_no_whole_picture_is_not_stored(unstored, served, settings, make):
    artwork = unstored()
    files = set(settings.MEDIA_ROOT.rglob("*"))
    served(make())
    assert isinstance(run(artwork), NotFetched)
    assert artwork.stored_at is None
    assert artwork.fetch_error
    assert set(settings.MEDIA_ROOT.rglob("*")) == files


def test_too_many_pixels_are_not_decoded(settings, monkeypatch):
    settings.RESULT_MAX_PIXELS = 10_000
    content = encoded(Image.new("RGB", (101, 100)))

    def loaded(self):
        raise AssertionError("it was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", loaded)
    with pytest.raises(NotFetched, match="101 × 100 pixels"):
        archive.store(content)


def test_a_picture_is_not_lost_over_its_exif():
    # A text where a number belongs, and an orientation: Pillow breaks over writing it.
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01P\0\x02\0\0\0\x33\0\0\0&"
    exif += b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0" + b"x" * 60
    picture = Image.open(io.BytesIO(encoded(busy(64, 48), "JPEG", exif=exif)))
    with pytest.raises(struct.error):
        ImageOps.exif_transpose(picture)
    stored = archive.store(encoded(busy(64, 48), "JPEG", exif=exif))
    assert (stored.width, stored.height) == (48, 64)  # turned all the same
    assert rendition(stored, "thumbnail").size == (48, 64)


# --- Tried again


def wait(artwork):
    return (artwork.fetch_after - timezone.now()).total_seconds()


@pytest.mark.usefixtures("still_clock")
def test_a_failure_is_tried_again_ever_more_rarely(unstored, served):
    served(NotFetched("The address answers 404"))
    artwork, waits = unstored(), []
    for _ in range(12):
        Artwork.objects.update(fetch_after=timezone.now())
        run(artwork)
        waits.append(wait(artwork))
    assert artwork.fetch_error == "The address answers 404"
    assert 3 < waits[0] < 12
    assert waits[0] < waits[1] < waits[4]
    assert 3500 < waits[-1] <= 3600


@pytest.mark.parametrize(
    "url", ["http://cdn.example.org/ai/0812.png", "https://[cdn/ai/0812.png"]
)
def test_a_failure_does_not_tell_the_address(unstored, url, caplog):
    artwork = unstored(source_url=url)
    run(artwork)
    assert artwork.fetch_error
    assert "0812" not in artwork.fetch_error + caplog.text


def test_a_failure_asks_for_a_fresh_address(unstored, served):
    served(NotFetched("expired"))
    artwork = unstored()
    assert artwork.task.poll_after is None
    run(artwork)
    artwork.task.refresh_from_db()
    assert artwork.task.poll_after <= timezone.now()


def test_an_address_that_soon_dies_is_fresh_when_it_is_tried(unstored, served):
    """An hour from one try to the next is more than many an address lives."""
    served(NotFetched("expired"))
    artwork = unstored(fetch_attempts=11)
    run(artwork)
    artwork.task.refresh_from_db()
    before = (artwork.fetch_after - artwork.task.poll_after).total_seconds()
    assert wait(artwork) > 3500
    assert 20 < before <= 60


@pytest.mark.parametrize(("minutes", "is_sooner"), [(10, True), (0.01, False)])
def test_a_later_look_does_not_hold_up_a_fresh_address(
    unstored, served, minutes, is_sooner
):
    """A callback about what is booked puts the next look off by minutes."""
    served(NotFetched("expired"))
    artwork = unstored()
    later = timezone.now() + datetime.timedelta(minutes=minutes)
    ProviderTask.objects.filter(pk=artwork.task_id).update(poll_after=later)
    run(artwork)
    artwork.task.refresh_from_db()
    assert (artwork.task.poll_after < later) is is_sooner


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError])
def test_a_disk_that_is_full_is_waited_for(unstored, served, monkeypatch, error):
    def full(*args):
        raise error

    served(encoded(busy(64, 64)))
    artwork = unstored()
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", full)
        assert isinstance(run(artwork), NotFetched)
    assert artwork.stored_at is None
    assert artwork.fetch_error
    Artwork.objects.update(fetch_after=timezone.now())
    run(artwork)
    assert (artwork.stored_at is not None, artwork.fetch_error) == (True, "")
    assert artwork.fetch_after is None


@pytest.mark.parametrize("which", ["original", "thumbnail", "cover"])
def test_half_a_file_of_a_killed_process_is_written_anew(which):
    content = encoded(busy(64, 64))
    stored = archive.store(content)
    path = archive.name(stored.sha256, which)
    with default_storage.open(path) as file:
        whole = file.read()
    default_storage.delete(path)
    with default_storage.open(path, "wb") as file:
        file.write(whole[: len(whole) // 2])
    assert archive.store(content) == stored
    with default_storage.open(path) as file:
        assert file.read() == whole


def test_files_without_their_row_are_taken_up(unstored, served, settings):
    content = encoded(busy(64, 64))
    artwork = unstored()
    archive.store(content)  # and the process is killed before the row is written
    files = sorted(settings.MEDIA_ROOT.rglob("*"))
    assert artwork.stored_at is None
    served(content)
    run(artwork)
    assert artwork.stored_at is not None
    assert sorted(settings.MEDIA_ROOT.rglob("*")) == files


def test_what_a_killed_process_was_fetching_comes_again(unstored):
    artwork = unstored()
    assert archive.claim_unstored(4) == [artwork]
    assert archive.claim_unstored(4) == []
    artwork.refresh_from_db()
    assert wait(artwork) > downloads.DEADLINE
    Artwork.objects.update(fetch_after=timezone.now())
    assert archive.claim_unstored(4) == [artwork]


def test_a_late_outcome_does_not_undo_what_is_stored(unstored, served):
    served(encoded(busy(64, 64)))
    artwork = unstored()
    (claimed,) = archive.claim_unstored(1)
    archive.book_fetched([(claimed, archive.fetch(claimed))])
    archive.book_fetched([(claimed, NotFetched("late"))])
    artwork.refresh_from_db()
    assert artwork.stored_at is not None
    assert (artwork.fetch_after, artwork.fetch_error) == (None, "")


def test_what_is_stored_is_not_given_up(unstored, served):
    served(encoded(busy(64, 64)))
    artwork = unstored()
    (claimed,) = archive.claim_unstored(1)
    archive.book_fetched([(claimed, archive.fetch(claimed))])
    assert not artwork.lose(timezone.now())
    artwork.refresh_from_db()
    assert artwork.stored_at is not None
    assert artwork.lost_at is None


def test_what_came_together_is_booked_in_few_statements(unstored, served):
    served(encoded(busy(64, 64)))
    for _ in range(8):
        unstored()
    claimed = archive.claim_unstored(8)
    outcomes = [(artwork, archive.fetch(artwork)) for artwork in claimed]
    with CaptureQueriesContext(connection) as statements:
        archive.book_fetched(outcomes)
    assert Artwork.objects.exclude(stored_at=None).count() == 8
    assert len(statements) <= 8 + 4


def test_one_that_cannot_be_booked_stops_no_other(unstored, served):
    served(encoded(busy(64, 64)))
    for _ in range(3):
        unstored()
    claimed = archive.claim_unstored(3)
    outcomes = [(artwork, archive.fetch(artwork)) for artwork in claimed]
    bad = claimed[1].pk
    outcomes[1] = (claimed[1], replace(outcomes[1][1], size=None))
    archive.book_fetched(outcomes)
    assert Artwork.objects.get(stored_at=None).pk == bad


@pytest.mark.parametrize("which", ["original", "thumbnail", "cover"])
def test_a_disk_that_fills_up_leaves_no_half_file(
    unstored, served, settings, monkeypatch, which
):
    content = encoded(busy(64, 64))
    artwork = unstored()
    before = {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}

    def half(self, name, content):
        if not name.startswith(which):
            return real(self, name, content)
        real(self, name, ContentFile(content.read(10)))
        raise OSError(28, "No space left on device")

    real = FileSystemStorage._save
    served(content)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", half)
        assert isinstance(run(artwork), downloads.NotWritten)
    assert "No space left" in artwork.fetch_error
    assert wait(artwork) > 3
    left = {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()} - before
    assert not {path for path in left if path.parent.parent.name == f"{which}s"}
    artwork.task.refresh_from_db()
    assert artwork.task.poll_after is None  # nothing is wrong at the gateway
    Artwork.objects.update(fetch_after=timezone.now())
    run(artwork)
    assert artwork.stored_at is not None


# --- Lost


@pytest.fixture
def dead(unstored, served):
    """Due, at an address that is dead for good, drawn so many days ago."""

    def make(days, **fields):
        served(NotFetched("The address answers 404"))
        drawn = timezone.now() - timezone.timedelta(days=days)
        artwork = unstored(created_at=drawn, **fields)
        Generation.objects.update(is_storing=True)
        return artwork

    return make


def test_after_its_life_it_is_lost_and_told(dead, settings, otto):
    settings.RESULT_DAYS = {"wujie": 7}
    artwork = dead(8)
    run(artwork)
    assert artwork.lost_at is not None
    assert (artwork.fetch_after, artwork.fetch_error) == (
        None,
        "The address answers 404",
    )
    assert not Generation.objects.get().is_moving
    alert = Alert.objects.visible_to(otto).get()
    assert (alert.kind, alert.url) == ("picture_lost", "/gateways/at-risk/")
    assert f"generation {artwork.generation_id} is lost" in alerts.sentence(alert)
    assert archive.claim_unstored(4) == []
    assert list(invariants.broken()) == []


@pytest.mark.parametrize(("days", "life"), [(6, {"wujie": 7}), (4000, {})])
def test_while_the_gateway_may_have_it_nothing_is_given_up(dead, settings, days, life):
    settings.RESULT_DAYS = life
    artwork = dead(days)
    run(artwork)
    assert (artwork.lost_at, wait(artwork) > 3) == (None, True)
    artwork.task.refresh_from_db()
    assert artwork.task.poll_after is not None
    assert not Alert.objects.exists()


def test_a_disk_of_ours_that_is_full_loses_nothing(dead, served, settings, monkeypatch):
    settings.RESULT_DAYS = {"wujie": 7}
    artwork = dead(8)
    served(encoded(busy(64, 64)))

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    run(artwork)
    assert (artwork.lost_at, artwork.fetch_after is not None) == (None, True)


def test_what_was_lost_may_be_found_again_by_hand(dead, served, settings):
    settings.RESULT_DAYS = {"wujie": 7}
    artwork = dead(8)
    run(artwork)
    assert archive.fetch_again(artwork)
    assert not Alert.objects.filter(cleared_at=None).exists()
    artwork.task.refresh_from_db()
    assert artwork.task.poll_after <= timezone.now()
    assert Generation.objects.get().is_storing
    assert archive.claim_unstored(1) == []  # the gateway is asked first
    Artwork.objects.update(fetch_after=timezone.now())
    served(encoded(busy(64, 64)))
    run(artwork)
    assert (artwork.stored_at is not None, artwork.lost_at) == (True, None)
    assert not archive.fetch_again(artwork)
    assert list(invariants.broken()) == []


def test_lost_and_stored_is_broken(alice):
    factories.artwork(alice)
    Artwork.objects.update(lost_at=timezone.now())
    assert any("still fetched or lost" in said for said in invariants.broken())


def test_a_result_that_is_gone_is_lost_over_the_wire(
    wanted, pump_until, sandbox, monkeypatch, settings
):
    monkeypatch.setattr(archive, "RETRY_SECONDS", (0.05, 0.1))
    settings.RESULT_DAYS = {"wujie": 7}
    sandbox.switch(result_seconds=0)
    generation = wanted()
    failed = Artwork.objects.filter(fetch_error__contains="404", fetch_attempts__gt=1)
    pump_until(failed.exists)
    assert Artwork.objects.get().lost_at is None
    Artwork.objects.update(created_at=timezone.now() - timezone.timedelta(days=8))
    pump_until(lambda: Artwork.objects.exclude(lost_at=None).exists())
    generation.refresh_from_db()
    assert (generation.status, generation.is_moving) == (Status.DONE, False)
    assert list(invariants.broken()) == []


# --- Over the wire


@pytest.mark.cases_of_the_wire
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "wrong_type"},
        {"kind": "bomb"},
        {"kind": "not_found"},
        {"kind": "http_500"},
        {"kind": "truncated"},
        {"kind": "drop"},
        {"kind": "redirect"},
        {"kind": "empty"},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_spoiled_download_is_tried_until_it_is_whole(
    wanted, pump_until, reaches, sandbox, monkeypatch, fault
):
    monkeypatch.setattr(archive, "RETRY_SECONDS", (0.05, 0.1))
    sandbox.switch(faults={"cdn.result": fault})
    generation = wanted(provider="jumdata", pictures=2)
    failed = Artwork.objects.filter(fetch_attempts__gte=2).exclude(fetch_error="")
    pump_until(lambda: failed.count() == 2)
    reaches(generation, Status.DONE)
    assert generation.is_storing
    sandbox.switch(faults={"cdn.result": None})
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).count() == 2)
    assert list(invariants.broken()) == []


def test_an_expired_address_is_replaced(wanted, pump_until, sandbox, monkeypatch):
    monkeypatch.setattr(archive, "RETRY_SECONDS", (0.05, 0.1))
    sandbox.switch(address_seconds=0)  # dead as soon as it is told
    generation = wanted()
    failed = Artwork.objects.filter(fetch_error__contains="403")
    pump_until(failed.exists)
    sandbox.switch(address_seconds=None)
    pump_until(lambda: Artwork.objects.exclude(stored_at=None).exists())
    generation.refresh_from_db()
    assert generation.status == Status.DONE
    assert list(invariants.broken()) == []


def test_what_a_person_fetches_again_has_a_fresh_address(
    wanted, pump_until, sandbox, settings
):
    """Lost, for its address was dead: one click finds what the gateway still has."""
    settings.RESULT_DAYS = {"wujie": 7}
    sandbox.switch(address_seconds=0)
    wanted()
    pump_until(Artwork.objects.exclude(fetch_error="").exists)
    Artwork.objects.update(
        created_at=timezone.now() - timezone.timedelta(days=8),
        fetch_after=timezone.now(),
    )
    pump_until(Artwork.objects.exclude(lost_at=None).exists)
    pump_until(lambda: ProviderTask.objects.get().poll_after is None)
    sandbox.switch(address_seconds=None)
    assert archive.fetch_again(Artwork.objects.get())
    pump_until(
        lambda: Artwork.objects.filter(lost_at=None).exclude(stored_at=None).exists()
    )


def test_an_address_that_changes_each_time_keeps_the_back_off(
    wanted, pump_until, sandbox, monkeypatch
):
    monkeypatch.setattr(archive, "RETRY_SECONDS", (0.5, 10))
    sandbox.switch(faults={"cdn.result": {"kind": "http_500"}})
    wanted()
    polled = ProviderTask.objects.filter(status="succeeded", polls__gte=2)
    pump_until(lambda: polled.exists() and Artwork.objects.exists())
    asked = sandbox.state()["requests"]
    assert asked["cdn.result"] <= 2


def test_what_is_stored_is_judged_and_shown(wanted, pump_until, alice):
    generation = wanted(pictures=2)
    visible = Artwork.objects.visible_to(alice)
    pump_until(lambda: visible.count() == 2)
    generation.refresh_from_db()
    assert (generation.is_storing, generation.is_moving) == (False, False)
    for artwork in visible:
        assert (artwork.width, artwork.height) == (64, 64)
        assert rendition(artwork, "thumbnail").size == (64, 64)
