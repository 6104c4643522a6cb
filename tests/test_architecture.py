"""The rooms of the house: packages import downwards, and so do the floors inside one.

Both rules go by folder (`docs/architecture.md`): no list of modules is kept.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Lowest first. A package imports itself and what stands before it.
PACKAGES = (
    "net",
    "log",
    "accounts",
    "notifications",
    "spend",
    "gateways",
    "labels",
    "generation",
    "moderation",
    "gallery",
    "reconciliation",
    "upkeep",
    "wjportal",
)
#: What is no product code: started beside it, or only for developers.
BESIDE = {"bench", "sandbox", "tests"}
MODELS, DOMAIN, WAYS_IN = range(3)
#: Files and folders directly in a package → their floor. All others are its domain.
FLOORS = {
    "models": MODELS,
    "units": MODELS,
    "apps": WAYS_IN,
    "forms": WAYS_IN,
    "management": WAYS_IN,
    "presenters": WAYS_IN,
    "tasks": WAYS_IN,
    "templatetags": WAYS_IN,
    "urls": WAYS_IN,
    "views": WAYS_IN,
}
#: Names that mean the same in each package; ``base``: what the files beside it share.
ROLES = {*FLOORS, "__init__", "base", "commands", "migrations"} - {"units"}
#: No package holds a larger share of the product's lines.
LARGEST_SHARE = 0.40

Parts = tuple[str, ...]


def modules() -> list[Path]:
    found = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def parts_of(path: Path) -> Parts:
    return path.relative_to(ROOT).with_suffix("").parts


def imports(path: Path) -> Iterator[tuple[int, Parts]]:
    """Line and dotted name of each import, wherever it stands in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                yield node.lineno, (*(node.module or "").split("."), alias.name)


def upward_imports(path: Path) -> list[str]:
    """Imports of a higher package, or of a higher floor of the same package."""
    here = parts_of(path)
    wrong = []
    for line, name in imports(path):
        if name[0] not in PACKAGES:
            continue
        is_wrong = PACKAGES.index(name[0]) > PACKAGES.index(here[0])
        if name[0] == here[0] and min(len(name), len(here)) > 1:
            floors = [FLOORS.get(parts[1], DOMAIN) for parts in (here, name)]
            is_wrong = floors[1] > floors[0]
        if is_wrong:
            wrong.append(f"{path.relative_to(ROOT)}:{line} imports {'.'.join(name)}")
    return wrong


def test_imports_go_downwards() -> None:
    found = [wrong for path in modules() for wrong in upward_imports(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("importing", "imported"),
    [
        ("spend/ledger/charges.py", "generation.lifecycle"),
        ("spend/ledger/charges.py", "spend.views"),
        ("spend/models/books.py", "spend.ledger"),
        ("gateways/clients.py", "generation.models"),
        ("net/outbound.py", "accounts"),
    ],
)
def test_an_upward_import_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importing: str, imported: str
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / importing
    path.parent.mkdir(parents=True)
    path.write_text(f"from {imported} import something\nfrom django import forms\n")
    assert len(upward_imports(path)) == 1


def test_every_package_has_its_place() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - BESIDE == set(PACKAGES)


def names_in_two_packages() -> dict[str, list[str]]:
    """File or folder name → where it stands, if that is in more than one package."""
    found: dict[str, list[Path]] = {}
    for path in modules():
        below = path.relative_to(ROOT)
        for part in (below, *below.parents):
            if part.name and part not in found.setdefault(part.stem, []):
                found[part.stem].append(part)
    return {
        name: sorted(map(str, paths))
        for name, paths in found.items()
        if name not in ROLES and len({path.parts[0] for path in paths}) > 1
    }


def test_no_module_name_stands_in_two_packages() -> None:
    """One name, one thing; a name may repeat inside its package."""
    found = names_in_two_packages()
    assert not found, "\n".join(f"{name}: {found[name]}" for name in sorted(found))


def test_a_repeated_module_name_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    for name in (
        *("spend/rules.py", "moderation/views/rules.py", "spend/views/rules.py"),
        *("spend/forms.py", "moderation/forms.py", "spend/ledger/close.py"),
        *("generation/ledger.py", "gallery/moderation.py"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert names_in_two_packages() == {
        "rules": [
            "moderation/views/rules.py",
            "spend/rules.py",
            "spend/views/rules.py",
        ],
        "ledger": ["generation/ledger.py", "spend/ledger"],
        "moderation": ["gallery/moderation.py", "moderation"],
    }


def test_no_package_is_too_large() -> None:
    lines = {
        name: sum(
            len(path.read_text(encoding="utf-8").splitlines())
            for path in (ROOT / name).rglob("*.py")
        )
        for name in PACKAGES
    }
    whole = sum(lines.values())
    assert whole > 10_000
    too_large = {n: c for n, c in lines.items() if c / whole > LARGEST_SHARE}
    assert not too_large


def test_providers_know_only_their_gateway() -> None:
    """A provider imports no Django but translation, and none of the portal but what
    all providers share and the units that they bill in."""
    paths = list((ROOT / "gateways" / "providers").rglob("*.py"))
    assert len(paths) > 10
    allowed = {("net",), ("gateways", "providers"), ("spend", "units")}
    for path in paths:
        for line, name in imports(path):
            where = f"{path.relative_to(ROOT)}:{line}"
            if name[0] == "django":
                assert name[:3] == ("django", "utils", "translation"), where
            elif name[0] in PACKAGES:
                assert name[:1] in allowed or name[:2] in allowed, where


#: Where a provider may be named: its own folder, what can be asked of it, and settings.
#: Demo data draws at both; the sandbox's keys are made in the form of each gateway.
NAMES_PROVIDERS = (
    "gateways/providers",
    "generation/operations",
    "wjportal/management",
    "wjportal/settings.py",
    "wjportal/credentials.py",
)
#: The source of a fact: ``contract wujie §3.1``, ``contract jumdata.md``.
CITATION = re.compile(r"(wujie|jumdata)(\.md| §)", re.IGNORECASE)


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string, docstring and identifier of a module; of a
    template, the whole of it."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield 1, source
        return
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 1)
        for name in ("id", "attr", "arg", "name", "asname", "module", "value"):
            value = getattr(node, name, None)
            if isinstance(value, str):
                yield line, value


def named_providers(path: Path) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}"
        for line, word in words(path)
        if re.search("wujie|jumdata", CITATION.sub("", word), re.IGNORECASE)
    ]


def test_only_its_folder_knows_a_provider() -> None:
    """Another one changes no other file (`tests/gateways/test_third_provider.py`)."""
    allowed = [ROOT / name for name in NAMES_PROVIDERS]
    assert all(path.exists() for path in allowed)
    searched = [*modules(), *(ROOT / "templates").rglob("*.html")]
    found = [
        place
        for path in searched
        if not any(path.is_relative_to(one) for one in allowed)
        for place in named_providers(path)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("name", "source", "count"),
    [
        ("a.py", 'NAME = "wujie-2"', 1),
        ("a.py", "from gateways.providers.jumdata import client", 1),
        ("a.py", "def is_wujie(row): ...", 1),
        ("a.py", '"""As Jumdata does."""', 1),
        ("a.py", '"""It has no end (contract wujie §3.1)."""', 0),
        ("a.html", "<p>Wujie keeps it.</p>", 1),
        ("a.html", "<p>The gateway keeps it.</p>", 0),
    ],
)
def test_a_provider_that_is_named_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, count: int
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / name
    path.write_text(source)
    assert len(named_providers(path)) == count


def test_the_sandbox_and_the_portal_do_not_know_each_other() -> None:
    for path in (ROOT / "sandbox").rglob("*.py"):
        roots = {name[0] for _, name in imports(path)}
        assert not roots & {"django", *PACKAGES}, path
    for path in modules():
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
    for path in modules():
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
