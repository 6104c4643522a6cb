"""The limit that the cluster is measured against: no framework, one process, threads.

Takes the same waiting generations through the same steps over the same wire: submits,
polls 25 keys a call, downloads, checks and shrinks the pictures with the same calls as
``generation/archive.py``, judges by the same rule, and leaves the same columns. What
must not be lost is committed where it must not: the claim before the paid call, its
keys, the end with its money, the archived picture. One thread has the database and
commits whatever has come in together; the others only speak to the gateway.

``python -m bench.bare`` reads a ``Course`` as JSON on stdin and writes a result.
"""

import base64
import datetime
import hashlib
import io
import json
import os
import sqlite3
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from PIL import Image, ImageFilter, ImageOps

from generation import likeness  # Pillow alone: no framework comes with it

BATCH = 25
SUBMITTERS, POLLERS, FETCHERS = 2, 1, 3
#: Seconds: between two looks at one task, and how long a batch waits to be full.
LOOK_AGAIN = 0.5
FILL = 0.1
MOST_PIXELS = 64_000_000
CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-16000;PRAGMA foreign_keys=ON;"
)
Json = Any


@dataclass(frozen=True, slots=True)
class Course:
    """Where it runs: the generations from ``first`` to ``last`` of this database."""

    database: str
    media: str
    gateway: str
    app_id: str
    private_key: str
    first: int
    last: int


@dataclass(slots=True)
class Work:
    """One generation on its way. One picture, so one task and one artwork."""

    generation: int
    team: int
    user: int
    account: int
    model: str
    prompt: str
    parameters: str
    reserved: int
    task: int = 0
    artwork: int = 0
    key: str = ""
    row: Json = None
    raw: str = ""
    look_at: float = 0.0
    polls: int = 0
    stored: tuple[str, str, int, int, int, str] = ("", "", 0, 0, 0, "")

    @property
    def order(self) -> Json:
        asked = json.loads(self.parameters)
        width, height = map(int, asked["size"].split("x"))
        return {
            "model": int(asked["model"]),
            "num": asked["pictures"],
            "prompt": self.prompt,
            "width": width,
            "height": height,
        }


# --- The gateway


class Gateway:
    """One thread's way to the gateway."""

    def __init__(self, course: Course, key: Any) -> None:
        self._course = course
        self._key = key
        self._http = httpx.Client(trust_env=False, verify=False, timeout=30)

    def submit(self, work: Work) -> Work:
        data = self._ask("/ai/create", work.order)
        work.raw = json.dumps(data, ensure_ascii=False)
        work.row = data
        work.key = data["results"][0]["key"]
        return work

    def poll(self, works: list[Work]) -> list[Work]:
        listed = self._ask("/ai/generating_info", [work.key for work in works])["list"]
        found = {row["key"]: row for row in listed}
        for work in works:
            work.row = found[work.key]
        return works

    def fetch(self, work: Work) -> Work:
        answer = self._http.get(work.row["picture_url"])
        assert answer.status_code == 200, answer
        work.stored = store(answer.content, self._course.media)
        return work

    def _ask(self, path: str, body: Json) -> Json:
        answer = self._http.post(
            f"{self._course.gateway}/wj-open/v1{path}",
            content=json.dumps(body),
            headers={
                "Content-Type": "application/json",
                "Authorization": self._authorization(),
            },
        )
        envelope = json.loads(answer.content)
        assert envelope["code"] == "200", envelope
        return envelope["data"]

    def _authorization(self) -> str:
        app_id = self._course.app_id
        claim = {"appId": app_id, "timestamp": int(time.time())}
        original = json.dumps(claim, separators=(",", ":"))
        sign = self._key.sign(original.encode(), PKCS1v15(), SHA256())
        header = {
            "secretKeyVersion": "1",
            "appId": app_id,
            "sign": base64.b64encode(sign).decode(),
            "original": original,
        }
        return json.dumps(header, separators=(",", ":"))


# --- Pictures: the calls of generation/archive.py


def store(content: bytes, media: str) -> tuple[str, str, int, int, int, str]:
    """Sha-256, type, bytes, width, height, likeness of what was written."""
    picture = Image.open(io.BytesIO(content), formats=list(CONTENT_TYPES))
    assert picture.width * picture.height <= MOST_PIXELS
    content_type = CONTENT_TYPES[str(picture.format)]
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    sha256 = hashlib.sha256(content).hexdigest()
    small = smaller(upright)
    write(media, "original", sha256, content)
    write(media, "thumbnail", sha256, webp(small, quality=80))
    write(media, "cover", sha256, cover(small))
    sides = upright.width, upright.height
    return sha256, content_type, len(content), *sides, likeness.of(small)


def smaller(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((640, 640), reducing_gap=2.0)
    return small


def cover(picture: Image.Image) -> bytes:
    tiny = picture.convert("RGB")
    tiny.thumbnail((20, 20), reducing_gap=2.0)
    scale = 320 / max(tiny.size)
    size = (max(round(tiny.width * scale), 1), max(round(tiny.height * scale), 1))
    blown_up = tiny.resize(size, Image.Resampling.BICUBIC)
    return webp(blown_up.filter(ImageFilter.GaussianBlur(10)), quality=50)


def webp(picture: Image.Image, quality: int) -> bytes:
    if picture.mode not in ("RGB", "RGBA"):
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def write(media: str, kind: str, sha256: str, content: bytes) -> None:
    path = f"{media}/{kind}s/{sha256[:2]}/{sha256}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        file = os.open(path, flags, 0o644)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, flags, 0o644)
    os.write(file, content)
    os.close(file)


# --- The database


class Books:
    """All that is written. Call inside a transaction of its own."""

    def __init__(self, course: Course) -> None:
        self.db = sqlite3.connect(course.database, timeout=20, isolation_level=None)
        self.db.executescript(PRAGMAS)

    def waiting(self, course: Course) -> list[Work]:
        found = self.db.execute(
            "SELECT id, team_id, requested_by_id, account_id, model, prompt,"
            " parameters, reserved FROM generation_generation"
            " WHERE status = 'queued' AND id BETWEEN ? AND ? ORDER BY id",
            (course.first, course.last),
        )
        return [Work(*row) for row in found]

    def purses(self, team: int) -> dict[str, int]:
        found = self.db.execute(
            "SELECT kind, id FROM spend_ledgeraccount"
            " WHERE team_id = ? AND unit = 'integral'",
            (team,),
        )
        return dict(found.fetchall())

    def claim(self, works: Iterable[Work]) -> None:
        now = moment()
        self.db.executemany(
            "UPDATE generation_generation SET status = 'submitting',"
            " submitting_at = ?, attempts = attempts + 1, version = version + 1,"
            " balance_before ="
            " (SELECT balance FROM generation_gatewayaccount WHERE id = ?)"
            " WHERE id = ? AND status = 'queued'",
            [(now, work.account, work.generation) for work in works],
        )

    def accepted(self, works: Iterable[Work]) -> None:
        now = moment()
        for work in works:
            expected = work.row["results"][0]["expected_second"]
            assert work.row["expected_integral_cost"] == work.reserved
            self.db.execute(
                "UPDATE generation_generation SET status = 'running',"
                " submitted_at = ?, answer = ?, failure_message = '', reserved = ?,"
                " version = version + 1 WHERE id = ? AND status = 'submitting'",
                (now, work.raw, work.reserved, work.generation),
            )
            work.task = self._insert(
                "generation_providertask",
                generation_id=work.generation,
                account_id=work.account,
                key=work.key,
                position=0,
                status="queued",
                expected_seconds=expected,
                failure_code="",
                failure_message="",
                model_prompt="",
                reserved=work.reserved,
                cost_state="unknown",
                is_booked=False,
                polls=0,
                silent_seconds=0.0,
                poll_after=now,
                progress_at=now,
                created_at=now,
            )
            work.look_at = time.monotonic() + expected

    def progressed(self, works: Iterable[Work]) -> None:
        now = moment()
        self.db.executemany(
            "UPDATE generation_providertask SET status = ?, percent = ?, ahead = ?,"
            " step_seconds = ?, expected_seconds = ?, answer = ?, polls = polls + 1,"
            " poll_after = ?, progress_at = ?, answered_at = ?, silent_seconds = 0"
            " WHERE id = ?",
            [
                (
                    "drawing" if work.row["status"] == 2 else "queued",
                    work.row["complete_percent"],
                    work.row["queue_before_num"],
                    work.row["reduce_time"],
                    work.row["expected_seconds"],
                    json.dumps(work.row),
                    *(now, now, now, work.task),
                )
                for work in works
            ],
        )

    def finished(self, works: list[Work], purses: dict[str, int]) -> None:
        """The task, its artwork and its money; the generation's only task has ended."""
        now = moment()
        spent = 0
        for work in works:
            cost = work.row["integral_cost"]
            assert work.row["status"] == 4 and cost == work.reserved, work.row
            assert work.row["integral_cost_message"].startswith("积分已扣除")
            spent += cost
            self.db.execute(
                "UPDATE generation_providertask SET status = 'succeeded',"
                " percent = 100.0, ahead = NULL, step_seconds = NULL,"
                " model_prompt = ?, answer = ?, polls = polls + 1,"
                " finished_at = ?, progress_at = ?, answered_at = ?,"
                " poll_after = NULL, is_booked = 1, cost = ?, cost_state = 'charged'"
                " WHERE id = ? AND is_booked = 0",
                (
                    *(work.row["model_prompt"], json.dumps(work.row), now, now, now),
                    *(cost, work.task),
                ),
            )
            work.artwork = self._insert_artwork(work, now)
            self._insert(
                "spend_transfer",
                kind="settle",
                reference=f"task:{work.task}",
                amount=cost,
                unit="integral",
                source_id=purses["reserved"],
                destination_id=purses["spent"],
                team_id=work.team,
                user_id=work.user,
                generation=work.generation,
                provider="wujie",
                operation="wujie-drawing",
                model=work.model,
                note="",
                day=now[:10],
                created_at=now,
            )
        self.db.executemany(
            "UPDATE generation_generation SET status = 'done', is_storing = 1,"
            " finished_at = ?, version = version + 1"
            " WHERE id = ? AND status = 'running'",
            [(now, work.generation) for work in works],
        )
        self.db.executemany(
            "UPDATE spend_ledgeraccount SET balance = balance + ? WHERE id = ?",
            [(-spent, purses["reserved"]), (spent, purses["spent"])],
        )

    def _insert_artwork(self, work: Work, now: str) -> int:
        audit = json.loads(work.row["audit_info"])
        labels = [
            {
                "label": scene["label"],
                "description": scene["label_desc"],
                "scene": scene["scene"],
                "verdict": scene["suggestion"],
                "rate": scene["rate"],
            }
            for scene in audit["scan_scene_d_t_o_s"]
        ]
        asked = work.order
        return self._insert(
            "generation_artwork",
            task_id=work.task,
            generation_id=work.generation,
            team_id=work.team,
            requested_by_id=work.user,
            position=0,
            source_url=work.row["picture_url"],
            moderation="pending",
            verdict=audit["total_suggestion"].lower(),
            is_check_failed=audit["check_fail"],
            is_offending=bool(work.row["involve_yellow"]),
            labels=json.dumps(labels),
            sha256="",
            content_type="",
            likeness="",
            size=0,
            width=asked["width"],
            height=asked["height"],
            fetch_after=now,
            fetch_attempts=1,
            fetch_error="",
            created_at=now,
        )

    def stored(self, works: Iterable[Work]) -> None:
        """Archived, and released by rule: every audit here is a clear pass."""
        now = moment()
        for work in works:
            assert json.loads(work.row["audit_info"])["total_suggestion"] == "PASS"
            self.db.execute(
                "UPDATE generation_artwork SET sha256 = ?, content_type = ?, size = ?,"
                " width = ?, height = ?, likeness = ?, stored_at = ?,"
                " fetch_after = NULL, moderation = 'released', moderated_at = ?"
                " WHERE id = ? AND stored_at IS NULL",
                (*work.stored, now, now, work.artwork),
            )
            self._insert(
                "moderation_decision",
                artwork_id=work.artwork,
                action="release",
                reason="",
                note="",
                text="",
                grounds='["verdict:pass"]',
                decided_at=now,
            )
            self.db.execute(
                "UPDATE generation_generation SET is_storing = 0,"
                " version = version + 1 WHERE id = ?",
                (work.generation,),
            )

    def _insert(self, table: str, **columns: Any) -> int:
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        done = self.db.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
        )
        return int(done.lastrowid or 0)


def moment() -> str:
    """As the portal writes it."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return now.isoformat(" ", "microseconds")


# --- The whole


class Script:
    def __init__(self, course: Course) -> None:
        self._books = Books(course)
        self._fresh = deque(self._books.waiting(course))
        self._count = len(self._fresh)
        self._purses = self._books.purses(self._fresh[0].team)
        self._looks: deque[Work] = deque()
        self._sending = self._polling = 0
        self._back: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        key = load_der_private_key(base64.b64decode(course.private_key), None)
        self._calls: dict[str, SimpleQueue[Any]] = {}
        for name, threads in (
            ("submit", SUBMITTERS),
            ("poll", POLLERS),
            ("fetch", FETCHERS),
        ):
            self._calls[name] = SimpleQueue()
            for _ in range(threads):
                call = getattr(Gateway(course, key), name)
                # A daemon: what breaks ends, and does not wait for them.
                threading.Thread(
                    target=self._work, args=(name, call), daemon=True
                ).start()

    def run(self) -> int:
        """The number of pictures."""
        left = self._count
        while left:
            left -= self._turn()
        for queue, threads in zip(
            self._calls.values(), (SUBMITTERS, POLLERS, FETCHERS), strict=True
        ):
            for _ in range(threads):
                queue.put(None)
        return self._count

    def _work(self, name: str, call: Callable[[Any], Any]) -> None:
        while (item := self._calls[name].get()) is not None:
            try:
                self._back.put((name, call(item)))
            except BaseException as error:
                self._back.put(("broken", error))
                raise

    def _turn(self) -> int:
        """Book what has come back, in one transaction, then ask for what follows."""
        sent, polled, stored = self._come_back()
        claimed = list(islice(self._fresh, max(2 * SUBMITTERS - self._sending, 0)))
        for _ in claimed:
            self._fresh.popleft()
        done = [work for work in polled if work.row["status"] == 4]
        others = [work for work in polled if work.row["status"] != 4]
        if sent or polled or stored or claimed:
            self._books.db.execute("BEGIN IMMEDIATE")
            self._books.stored(stored)
            self._books.finished(done, self._purses)
            self._books.progressed(others)
            self._books.accepted(sent)
            self._books.claim(claimed)
            self._books.db.execute("COMMIT")
        self._ask(claimed, done, sent, others)
        return len(stored)

    def _come_back(self) -> tuple[list[Work], list[Work], list[Work]]:
        sent: list[Work] = []
        polled: list[Work] = []
        stored: list[Work] = []
        try:
            found = self._back.get(timeout=0.02)
            while True:
                match found:
                    case ("submit", work):
                        sent.append(work)
                        self._sending -= 1
                    case ("poll", works):
                        polled += works
                        self._polling -= 1
                    case ("fetch", work):
                        stored.append(work)
                    case (_, error):
                        raise error
                found = self._back.get_nowait()
        except Empty:
            return sent, polled, stored

    def _ask(
        self,
        claimed: list[Work],
        done: list[Work],
        sent: list[Work],
        others: list[Work],
    ) -> None:
        for work in done:
            self._calls["fetch"].put(work)
        for work in claimed:
            self._sending += 1
            self._calls["submit"].put(work)
        now = time.monotonic()
        for work in others:
            work.look_at = now + LOOK_AGAIN
        self._looks.extend(sent + others)
        while self._polling < 2 * POLLERS and self._looks:
            # Nearly in order: each was put behind the others when it was asked after.
            first = islice(self._looks, BATCH)
            batch = list(takewhile(lambda work: work.look_at <= now, first))
            is_full = len(batch) == BATCH
            if not batch or not (is_full or now - batch[0].look_at > FILL):
                break
            for _ in batch:
                self._looks.popleft()
            self._polling += 1
            self._calls["poll"].put(batch)


def main() -> None:
    course = Course(**json.load(sys.stdin))
    script = Script(course)
    Image.init()
    began, cpu = time.monotonic(), time.process_time()
    pictures = script.run()
    result = {
        "pictures": pictures,
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "finished": {},
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
