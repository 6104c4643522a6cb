"""What script/bench takes, prints and writes."""

import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import report


@pytest.fixture
def ran(monkeypatch):
    """Groups that measure nothing; the names of those that ran."""
    names = []

    def group(name, measured):
        def run(folder, say):
            assert folder.is_dir()
            names.append(name)
            return measured

        return run

    groups = {
        "pipeline": group("pipeline", {"pipeline.cpu_ratio": 3.5}),
        "submit": group("submit", {"submit.per_s.sqlite": 120.0}),
    }
    monkeypatch.setattr(bench, "GROUPS", groups)
    return names


def test_all_groups_run_when_none_is_named(ran):
    assert bench.main([]) == 0
    assert ran == ["pipeline", "submit"]


def test_only_the_named_group_runs(ran, tmp_path, capsys):
    file = tmp_path / "measured.json"
    assert bench.main(["submit", "--json", str(file)]) == 0
    assert ran == ["submit"]
    assert json.loads(file.read_text()) == {"submit.per_s.sqlite": 120.0}
    assert "submit.per_s.sqlite" in capsys.readouterr().out


def test_an_unknown_group_is_refused(ran, capsys):
    with pytest.raises(SystemExit) as ended:
        bench.main(["submit", "sumbit"])
    assert ended.value.code == 2
    assert ran == []
    assert "no such group: sumbit" in capsys.readouterr().err


def test_a_group_that_breaks_stops_no_other(ran, monkeypatch, tmp_path, capsys):
    def broken(folder: Path, say: object) -> dict[str, float]:
        raise RuntimeError("the cluster did not finish")

    monkeypatch.setitem(bench.GROUPS, "pipeline", broken)
    file = tmp_path / "measured.json"
    assert bench.main(["--json", str(file)]) == 1
    assert json.loads(file.read_text()) == {"submit.per_s.sqlite": 120.0}
    told = capsys.readouterr().err
    assert "the cluster did not finish" in told
    assert "FAILED: pipeline" in told


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("pipeline.cpu_ratio", 4.0, "met"),
        ("pipeline.cpu_ratio", 4.1, "MISS"),
        ("pipeline.rate_ratio", 0.4, "met"),
        ("pipeline.rate_ratio", 0.39, "MISS"),
        ("submit.p95_ms.sqlite", 9000.0, "–"),
    ],
)
def test_the_table_says_what_meets_its_goal(name, value, met):
    (row,) = report.table({name: value}).splitlines()[1:]
    assert name in row
    assert f"{value:.3f}" in row
    assert met in row.split()
