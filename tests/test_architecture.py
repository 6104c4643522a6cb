"""The floors of the house: imports go down into any app, or left on the same floor."""

import ast
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
    "ledger": DOMAIN,
    "books": DOMAIN,
    "budgets": DOMAIN,
    "reports": DOMAIN,
    "lifecycle": DOMAIN,
    "archive": DOMAIN,
    "downloads": DOMAIN,
    "catalogue": DOMAIN,
    "quotes": DOMAIN,
    "clients": DOMAIN,
    "refusals": DOMAIN,
    "operations": DOMAIN,
    "rules": DOMAIN,
    "decisions": DOMAIN,
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
    """A new kind of module gets a floor before it gets imports."""
    rooms = {path.relative_to(ROOT).with_suffix("").parts[1] for path in modules()}
    assert rooms - set(FLOORS) - WAYS == {"__init__"}


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
