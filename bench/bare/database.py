"""The bare script's writes: the portal's columns."""

import datetime
import json
import sqlite3
import time
from collections.abc import Iterable
from typing import Any

from bench.bare.work import Course, Work

PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-16000;PRAGMA foreign_keys=ON;"
)


class Database:
    """Call the writing methods in a transaction."""

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
            " (SELECT balance FROM gateways_gatewayaccount WHERE id = ?)"
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
            work.poll_at = time.monotonic() + expected

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
        """The generation ends with its only task."""
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
        """Archived, and released by rule: every audit here is a pass."""
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
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return now.isoformat(" ", "microseconds")
