"""Each group of benchmarks runs from end to end with tiny sizes."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench import labels, pipeline, report, review, submit, web

pytestmark = [pytest.mark.process, pytest.mark.only_full, pytest.mark.timeout(900)]

TINY = pipeline.Sizes(
    rounds=1,
    pictures=6,
    few=3,
    many=9,
    generations=2,
    tasks_each=3,
    flight_seconds=1.0,
    single=3,
    single_per_second=10.0,
    single_seconds=0.5,
    warm=2,
    warm_per_second=10.0,
)
#: Differ from run to run: here it counts only whether there is something.
VOLATILE = ("id", "_id", "_at", "_after", "key", "token", "url", "reference", "sha256")
VOLATILE += (
    "answer",
    "size",
    "day",
    "prompt",
    "words",
    "generation",
    "content_type",
    "labels",
)
VOLATILE += ("parameters", "likeness")  # each has a seed of its own
#: Not of the work itself: how often it was looked at, and its place in the queue.
COUNTS = {"version", "polls", "expected_seconds", "turn"}
WRITTEN = {
    "generation_generation": "status = 'done'",
    "generation_providertask": "1",
    "generation_artwork": "1",
    "moderation_decision": "1",
    "spend_transfer": "kind = 'settle'",
}


def written(database, table):
    """The kinds of rows that there are in a table."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    rows = connection.execute(f"SELECT * FROM {table} WHERE {WRITTEN[table]}")
    found = {
        tuple(
            (
                name,
                row[name] not in (None, "") if name.endswith(VOLATILE) else row[name],
            )
            for name in row.keys()  # noqa: SIM118 (a Row iterates over its values)
            if name not in COUNTS
        )
        for row in rows
    }
    connection.close()
    return found


def test_the_pipeline_is_measured_beside_the_same_work(tmp_path):
    measured = pipeline.run(tmp_path, print, TINY)
    assert set(measured) == {name for name in report.METRICS if "pipeline" in name}
    assert all(0 < value < 1000 for value in measured.values())
    bare = tmp_path / "bare" / "wjportal.sqlite3"
    ours = tmp_path / "many" / "wjportal.sqlite3"
    for table in WRITTEN:
        assert written(ours, table) == written(bare, table), table


def test_submits_are_measured(tmp_path):
    lines = []
    sizes = submit.Sizes(people=3, posts_each=2, warm_posts_each=1, series_rows=1000)
    measured = submit.run(tmp_path, lines.append, sizes)
    databases = {name.rsplit(".", 1)[1] for name in measured}
    assert set(measured) <= set(report.METRICS)
    assert all(value > 0 for value in measured.values())
    if databases == {"sqlite"}:
        assert any("NOT RUN" in line for line in lines)
    else:
        assert databases == {"sqlite", "postgresql"}


def test_the_review_is_measured(tmp_path):
    lines = []
    sizes = review.Sizes(
        small=(30, 30),
        large=(1_030, 1_030),
        items=60,
        sqlite_clients=2,
        postgresql_clients=2,
        decisions=6,
        seconds=60,
    )
    # In a thread of its own: here the browser of other tests may have its loop.
    with ThreadPoolExecutor(1) as pool:
        measured = pool.submit(review.run, tmp_path, lines.append, sizes).result()
    missing = {name for name in report.METRICS if "review" in name} - set(measured)
    assert bool(missing) == any("NOT RUN" in line for line in lines)
    for name, value in measured.items():
        is_a_fault = name.split(".")[1] in ("double_claims", "lost", "double_decisions")
        assert value == 0 if is_a_fault else value > 0, name


def test_labels_are_measured(tmp_path):
    found = labels.run(tmp_path, print)
    names = {
        f"labels.{name}" for name in ("first_ms", "cached_ms", "png_ms", "peak_mb")
    }
    assert set(found) == names <= set(report.METRICS)


def test_the_web_server_is_measured(tmp_path):
    sizes = web.Sizes(
        pictures=3,
        large_bytes=3_000_000,
        clients=2,
        rounds=1,
        round_seconds=0.2,
        senders=3,
        readers=3,
        idle=3,
        settle_seconds=0.1,
        samples=3,
        every_seconds=0.1,
        page_requests=2,
        visits=1,
    )
    lines: list[str] = []
    # In a thread of its own: here the browser of other tests may have its loop.
    with ThreadPoolExecutor(1) as pool:
        measured = pool.submit(web.run, tmp_path, lines.append, sizes).result()
    missing = {name for name in report.METRICS if "web." in name} - set(measured)
    assert bool(missing) == any("NOT RUN" in line for line in lines)
    assert all(value > 0 for name, value in measured.items() if name != "web.cls")
