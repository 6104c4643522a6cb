"""The floors of the house: imports go down into any app, or left on the same floor."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "spend", "generation", "moderation")
GROUND, MODELS, DOMAIN, WAYS_IN = range(4)
#: The first part of a module's path inside its app → its floor.
FLOORS = {
    "providers": GROUND,
    "models": MODELS,
    "alarms": DOMAIN,
    "gateways": MODELS,
    "waste": DOMAIN,
    "triggers": GROUND,
    "closing": DOMAIN,
    "forecasts": DOMAIN,
    "increases": DOMAIN,
    "warnings": DOMAIN,
    "rejections": DOMAIN,
    "alerts": DOMAIN,
    "delivering": DOMAIN,
    "messengers": DOMAIN,
    "outbound": DOMAIN,
    "sealing": DOMAIN,
    "focus": DOMAIN,
    "ledger": DOMAIN,
    "books": DOMAIN,
    "provenance": DOMAIN,
    "budgets": DOMAIN,
    "reports": DOMAIN,
    "lifecycle": DOMAIN,
    "archive": DOMAIN,
    "avatars": DOMAIN,
    "details": DOMAIN,
    "notices": DOMAIN,
    "downloads": DOMAIN,
    "rebooking": DOMAIN,
    "lives": DOMAIN,
    "catalogue": DOMAIN,
    "pausing": DOMAIN,
    "standing": DOMAIN,
    "quotes": DOMAIN,
    "reconciling": DOMAIN,
    "clients": DOMAIN,
    "refusals": DOMAIN,
    "operations": DOMAIN,
    "samples": DOMAIN,
    "uploads": DOMAIN,
    "rules": DOMAIN,
    "decisions": DOMAIN,
    "controls": DOMAIN,
    "effects": DOMAIN,
    "tallies": DOMAIN,
    "log": DOMAIN,
    "intake": DOMAIN,
    "claims": DOMAIN,
    "likeness": DOMAIN,
    "numbers": DOMAIN,
    "care": DOMAIN,
    "reuse": DOMAIN,
    "replay": DOMAIN,
    "watching": DOMAIN,
    "perprocess": GROUND,
}
WAYS = {
    "access",
    "admin",
    "apps",
    "context_processors",
    "forms",
    "management",
    "middleware",
    "paging",
    "pump",
    "tasks",
    "templatetags",
    "urls",
    "views",
}


def modules() -> list[Path]:
    found = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def place(parts: tuple[str, ...]) -> tuple[int, int] | None:
    """(app, floor) of a dotted name; None outside of the apps, or of an app's root."""
    if parts[0] not in APPS or len(parts) < 2:
        return None
    return APPS.index(parts[0]), FLOORS.get(parts[1], WAYS_IN)


def imports(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                yield node.lineno, (*(node.module or "").split("."), alias.name)


def wrong_arrows(path: Path) -> list[str]:
    here = path.relative_to(ROOT).with_suffix("").parts
    standing = place(here)
    if standing is None:
        return []
    wrong = []
    for line, name in imports(path):
        there = place(name)
        if there is None or (here[0] == name[0] and there[1] == standing[1]):
            continue
        goes_down = there[1] < standing[1]
        goes_left = there[1] == standing[1] and there[0] < standing[0]
        if not (goes_down or goes_left):
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {'.'.join(name)}")
    return wrong


def test_imports_go_down_or_left() -> None:
    found = [wrong for path in modules() for wrong in wrong_arrows(path)]
    assert not found, "\n".join(found)


def test_it_sees_a_wrong_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "spend").mkdir()
    bad = tmp_path / "spend" / "ledger.py"
    bad.write_text("from generation.lifecycle import submit\nimport spend.views\n")
    assert len(wrong_arrows(bad)) == 2


def test_every_room_is_known() -> None:
    """A new kind of module gets a floor before it gets imports; one that went leaves
    none behind."""
    rooms = {path.relative_to(ROOT).with_suffix("").parts[1] for path in modules()}
    assert rooms - set(FLOORS) - WAYS == {"__init__"}
    assert set(FLOORS) | WAYS <= rooms


def test_providers_know_no_models_and_no_settings() -> None:
    for path in (ROOT / "generation" / "providers").glob("*.py"):
        roots = {name[0] for _, name in imports(path)}
        assert not roots & {"django", *APPS} - {"generation"}, path
        assert all(
            name[1] == "providers"
            for _, name in imports(path)
            if name[0] == "generation"
        ), path


def test_the_sandbox_and_the_portal_do_not_know_each_other() -> None:
    for path in (ROOT / "sandbox").rglob("*.py"):
        roots = {name[0] for _, name in imports(path)}
        assert not roots & {"django", "wjportal", *APPS}, path
    for path in [*modules(), *(ROOT / "wjportal").rglob("*.py")]:
        assert "sandbox" not in {name[0] for _, name in imports(path)}, path


def test_no_import_hides_in_a_function() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [
                    child
                    for child in ast.walk(node)
                    if isinstance(child, ast.Import | ast.ImportFrom)
                ]
                assert not inner, f"{path}:{node.lineno}"


def slugs() -> set[str]:
    """The names of operations, as their declarations write them."""
    return {
        node.value.value
        for path in (ROOT / "generation" / "operations").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        and [getattr(target, "id", "") for target in node.targets] == ["slug"]
        and isinstance(node.value, ast.Constant)
    }


def test_only_its_declaration_knows_an_operation() -> None:
    """No ``if operation == …`` anywhere: adding one touches its own file."""
    names = slugs()
    assert len(names) > 3
    allowed = (ROOT / "generation" / "operations", ROOT / "wjportal" / "management")
    for path in [*modules(), *(ROOT / "wjportal").rglob("*.py")]:
        if any(folder in path.parents for folder in allowed):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value not in names, f"{path}:{node.lineno}"
    for template in (ROOT / "templates").rglob("*.html"):
        written = template.read_text(encoding="utf-8")
        assert not [name for name in names if name in written], template


def test_no_account_is_taken_for_another() -> None:
    """A provider's name is also its first account's, and a row has its own account."""
    for path in modules():
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\bclient\([\w.]+\.provider\)", source), path
