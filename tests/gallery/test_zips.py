"""Zip files: streamed and prepared, their names, manifests and what is left out."""

import csv
import datetime
import io
import json
import shutil
import subprocess
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.utils import timezone

from accounts.models import User
from gallery import file_names, manifest, tasks, zip_files, zipping
from gallery.file_names import Names
from gallery.models import NamePattern, Zip
from gallery.views import download as views
from generation.models import Artwork
from net import byte_ranges
from tests import factories

pytestmark = pytest.mark.django_db

UTF8 = 1 << 11
PROMPT = {"prompt": "=1+1 山间古寺: an autumn rain?"}


@pytest.fixture
def own_zips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(portal, "DATA_DIR", tmp_path)
    return tmp_path / "zips"


def order(by: User, pattern: str = file_names.DEFAULT) -> zipping.Order:
    return zipping.Order.of(by, by.memberships.get().team, pattern)


def pictures(by: User, number: int) -> list[Artwork]:
    return [factories.artwork(by, generation_fields=PROMPT) for _ in range(number)]


def ask(by: User, artworks: list[Artwork], pattern: str = file_names.DEFAULT) -> Zip:
    keys, team = [each.pk for each in artworks], artworks[0].team
    return zip_files.ask(keys, by=by, team=team, pattern=pattern)


def unzipped(content: bytes) -> zipfile.ZipFile:
    whole = zipfile.ZipFile(io.BytesIO(content))
    assert whole.testzip() is None
    return whole


# --- Streamed


def test_a_stream_is_a_zip_with_manifests(
    alice: User, signed_in: Any, tmp_path: Path
) -> None:
    one, two = pictures(alice, 2)
    sent = {"pictures": f"{one.pk},{two.pk}"}
    answer = signed_in(alice).post("/gallery/download/", sent)
    content = b"".join(answer.streaming_content)
    whole = unzipped(content)
    stems = [f"{n:03} =1+1 山间古寺- an autumn rain-.png" for n in (1, 2)]
    assert whole.namelist() == [*stems, "manifest.csv", "manifest.json"]
    assert {each.compress_type for each in whole.infolist()} == {zipfile.ZIP_STORED}
    assert all(each.flag_bits & UTF8 for each in whole.infolist()[:2])
    told = json.loads(whole.read("manifest.json"))["pictures"]
    assert [each["picture"] for each in told] == [two.pk, one.pk]
    assert told[0]["prompt"] == PROMPT["prompt"]
    assert told[0]["cost"] == 4
    assert told[0]["decision"] == "released"
    table = whole.read("manifest.csv")
    assert table.startswith(b"\xef\xbb\xbf")
    (first, _second) = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    assert first["prompt"] == f"'{PROMPT['prompt']}"  # no formula
    assert json.loads(first["parameters"]) == told[0]["parameters"]
    file = tmp_path / "one.zip"
    file.write_bytes(content)
    if unzip := shutil.which("unzip"):
        subprocess.run([unzip, "-tq", str(file)], check=True, capture_output=True)


def test_a_picture_taken_down_meanwhile_is_left_out(alice: User) -> None:
    artworks = pictures(alice, 3)
    keys = [each.pk for each in artworks]
    stream = zipping.streamed(order(alice), keys)
    begun = next(stream)
    Artwork.objects.filter(pk=keys[1]).update(moderation="rejected")
    whole = unzipped(begun + b"".join(stream))
    told = json.loads(whole.read("manifest.json"))["pictures"]
    assert [each["picture"] for each in told] == [keys[0], keys[2]]
    assert whole.read("missing.txt").split() == [str(keys[1]).encode()]


@pytest.mark.parametrize("state", ["held", "rejected", "pending", "theirs"])
def test_nothing_of_what_may_not_be_seen_is_in_it(
    alice: User, bob: User, state: str
) -> None:
    shown = factories.artwork(alice)
    owner = bob if state == "theirs" else alice
    said = {"prompt": "Nightingale"}
    hidden = factories.artwork(owner, generation_fields=said)
    if state != "theirs":
        Artwork.objects.filter(pk=hidden.pk).update(moderation=state)
    content = b"".join(zipping.streamed(order(alice), [hidden.pk, shown.pk]))
    assert b"Nightingale" not in content
    assert len(unzipped(content).namelist()) == 4  # one picture


def test_a_picture_without_its_file_is_named_missing(alice: User) -> None:
    artwork, kept = pictures(alice, 2)
    Artwork.objects.filter(pk=artwork.pk).update(sha256="0" * 64)
    whole = unzipped(b"".join(zipping.streamed(order(alice), [artwork.pk, kept.pk])))
    assert whole.read("missing.txt").split() == [str(artwork.pk).encode()]


# --- Names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("..\\..\\etc", "-..-etc"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("console", "console"),
        (" 山间\u200b古寺\n ", "山间 古寺"),
        ("\u202egnp.exe", "gnp.exe"),
        ("cafe\u0301", "café"),
        ("山" * 200, "山" * 66),
        ("...", ""),
    ],
)
def test_names_are_what_windows_and_macos_take(typed: str, name: str) -> None:
    assert file_names.clean(typed) == name


def test_names_are_unique_without_case(alice: User) -> None:
    artwork = factories.artwork(alice, generation_fields={"prompt": "Harbour"})
    names = Names("{prompt}", "", taken=["HARBOUR.png"])
    assert names.of(artwork, 1, "png") == "Harbour (2).png"
    assert names.of(artwork, 2, "png") == "Harbour (3).png"


def test_a_pattern_has_known_fields(alice: User, signed_in: Any) -> None:
    client = signed_in(alice)
    wrong = {"pattern": "{number.__class__} {secret}"}
    answer = client.post("/gallery/zips/", wrong)
    assert answer.status_code == 422
    assert "{secret}" in answer.text
    assert not NamePattern.objects.exists()
    client.post("/gallery/zips/", {"pattern": "{date} {board} {name} {operation} {id}"})
    one, two = pictures(alice, 2)
    answer = client.post("/gallery/download/", {"pictures": f"{one.pk},{two.pk}"})
    whole = unzipped(b"".join(answer.streaming_content))
    assert whole.namelist()[1].endswith(f"alice Wujie drawing {one.pk}.png".split()[-1])
    assert str(timezone.localdate()) in whole.namelist()[0]


# --- Prepared


def test_many_are_prepared_and_fetched_by_range(
    alice: User,
    bob: User,
    mona: User,
    signed_in: Any,
    own_zips: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(views, "STREAMED_PICTURES", 2)
    nudged: list[int] = []
    monkeypatch.setattr(tasks, "nudge_zip", nudged.append)
    artworks, client = pictures(alice, 3), signed_in(alice)
    sent = {"pictures": ",".join(str(each.pk) for each in artworks)}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/gallery/download/", sent).url == "/gallery/zips/"
    row = Zip.objects.get()
    address = f"/gallery/zips/{row.pk}/"
    assert nudged == [row.pk]
    assert 'hx-trigger="every 2s"' in client.get("/gallery/zips/").text
    assert client.get(address).status_code == 404
    tasks.prepare_zip(row.pk)
    assert 'hx-trigger="every 2s"' not in client.get("/gallery/zips/").text
    whole = client.get(address).getvalue()
    assert len(unzipped(whole).namelist()) == 5
    assert oct(zip_files.path(row).stat().st_mode)[-3:] == "600"
    part = client.get(address, headers={"Range": "bytes=10-"})
    assert part.status_code == 206
    assert part.getvalue() == whole[10:]
    assert part["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    other = {"Range": "bytes=10-", "If-Range": '"another"'}
    assert client.get(address, headers=other).getvalue() == whole
    beyond = {"Range": f"bytes={len(whole)}-"}
    assert client.get(address, headers=beyond).status_code == 416
    for person in (bob, mona):
        assert signed_in(person).get(address).status_code == 404
        assert signed_in(person).post(f"{address}again/").status_code == 404


def test_turns_continue_where_the_last_ended(
    alice: User, own_zips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_files, "WORK_SECONDS", -1.0)  # one picture a turn
    row = ask(alice, pictures(alice, 3), "{prompt}")
    done = []
    while row.status == "waiting":
        turned = zip_files.prepare(row.pk)
        assert turned
        row = turned
        done.append(row.done)
    assert done == [1, 2, 3]
    whole = unzipped(zip_files.path(row).read_bytes())
    assert whole.namelist()[:3] == [
        f"=1+1 山间古寺- an autumn rain-{again}.png" for again in ("", " (2)", " (3)")
    ]
    assert len(json.loads(whole.read("manifest.json"))["pictures"]) == 3
    assert sorted(row.included) == sorted(row.keys)
    assert [each.name for each in own_zips.iterdir()] == [f"{row.pk}.zip"]


def test_a_killed_worker_leaves_a_zip_that_begins_anew(
    alice: User, own_zips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(alice, pictures(alice, 2))
    with monkeypatch.context() as patch:
        patch.setattr(zip_files, "WORK_SECONDS", -1.0)
        zip_files.prepare(row.pk)
    later = timezone.now() + zip_files.CLAIMED_FOR
    Zip.objects.filter(pk=row.pk).update(claimed_until=later)
    zip_files.path(row).write_bytes(b"half of it")
    assert zip_files.prepare(row.pk) is None  # somebody has it
    assert zip_files.stalled() == []
    past = timezone.now() - datetime.timedelta(seconds=1)
    Zip.objects.filter(pk=row.pk).update(claimed_until=past)
    assert zip_files.stalled() == [row.pk]
    turned = zip_files.prepare(row.pk)
    assert turned
    assert turned.status == "ready"
    assert len(unzipped(zip_files.path(row).read_bytes()).namelist()) == 4


def test_a_zip_with_a_picture_taken_down_is_not_handed_out(
    alice: User, signed_in: Any, own_zips: Path
) -> None:
    artworks, client = pictures(alice, 2), signed_in(alice)
    row = ask(alice, artworks)
    zip_files.prepare(row.pk)
    Artwork.objects.filter(pk=artworks[0].pk).update(moderation="rejected")
    assert client.get(f"/gallery/zips/{row.pk}/").status_code == 302
    client.post(f"/gallery/zips/{row.pk}/again/")
    zip_files.prepare(row.pk)
    answer = client.get(f"/gallery/zips/{row.pk}/")
    told = json.loads(unzipped(answer.getvalue()).read("manifest.json"))["pictures"]
    assert [each["picture"] for each in told] == [artworks[1].pk]


def test_a_fault_is_told_and_tried_again(
    alice: User, own_zips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(alice, pictures(alice, 2))
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "as_csv", lambda rows: 1 / 0)
        failed = zip_files.prepare(row.pk)
    assert failed
    assert failed.status == "failed"
    assert not zip_files.path(row).exists()
    assert zip_files.ask_again(row)
    again = zip_files.prepare(row.pk)
    assert again
    assert again.status == "ready"


def test_zips_are_removed_after_a_day(alice: User, own_zips: Path) -> None:
    row = ask(alice, pictures(alice, 2))
    zip_files.prepare(row.pk)
    assert zip_files.remove_expired() == 0
    Zip.objects.update(expires_at=timezone.now())
    tasks.tend_zips()
    assert not Zip.objects.exists()
    assert not list(own_zips.iterdir())


def test_few_zips_are_in_preparation_at_once(alice: User, own_zips: Path) -> None:
    artworks = pictures(alice, 1)
    for _ in range(zip_files.MOST_WAITING):
        ask(alice, artworks)
    with pytest.raises(zip_files.TooManyWait):
        ask(alice, artworks)
    row = Zip.objects.earliest("pk")
    assert not zip_files.ask_again(row)  # one of them
    Zip.objects.filter(pk=row.pk).update(status=Zip.Status.READY)
    ask(alice, artworks)
    with pytest.raises(zip_files.TooManyWait):
        zip_files.ask_again(row)


def test_a_thousand_equal_names_are_told_apart_at_once(alice: User) -> None:
    artwork = pictures(alice, 1)[0]
    taken = Counting()
    names = Names("{prompt}", "")
    names._taken = taken
    found = [names.of(artwork, number, "png") for number in range(1_000)]
    assert len(set(found)) == 1_000
    assert taken.asked < 3_000


class Counting(set[str]):
    asked = 0

    def __contains__(self, value: object) -> bool:
        self.asked += 1
        return super().__contains__(value)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-3", (0, 3)),
        ("bytes=4-", (4, 9)),
        ("bytes=-3", (7, 9)),
        ("bytes=-30", (0, 9)),
        ("bytes=5-99", (5, 9)),
        ("bytes=5-2", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("bytes=-", None),
    ],
)
def test_a_range_is_read(header: str, part: tuple[int, int] | None) -> None:
    assert byte_ranges.parse(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0"])
def test_a_range_behind_the_end_is_told(header: str) -> None:
    with pytest.raises(byte_ranges.NotThere):
        byte_ranges.parse(header, 10)


@pytest.mark.parametrize("way", ["streamed", "prepared"])
def test_memory_does_not_grow_with_the_pictures(
    alice: User, own_zips: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Twelve of 4 MB each."""
    monkeypatch.setattr(zip_files, "WORK_SECONDS", 600.0)
    artwork = factories.artwork(alice)
    big = io.BytesIO(bytes(4 << 20))

    def opened(_self: Any) -> Any:
        big.seek(0)
        return io.BytesIO(big.getbuffer())

    monkeypatch.setattr("generation.renditions.Rendition.open", opened)
    artworks = [artwork, *pictures(alice, 11)]
    row = ask(alice, artworks)
    tracemalloc.start()
    try:
        if way == "streamed":
            size = sum(map(len, zipping.streamed(order(alice), row.keys)))
        else:
            turned = zip_files.prepare(row.pk)
            assert turned
            size = turned.size
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 48 << 20
    assert peak < 12 << 20  # one of them, and rows
