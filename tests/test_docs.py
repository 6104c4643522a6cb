"""README and docs/: links, anchors, variables, files and names exist."""

import ast
import itertools
import os
import re
import runpy
import string
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wjportal import credentials

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
README_MAX_BYTES = 8192
#: Folders of the source tree; all others are data, tools or generated.
SOURCES = [
    path.name
    for path in ROOT.iterdir()
    if path.is_dir() and (path / "__init__.py").exists()
]
FENCE = re.compile(r"^```.*?^```", re.S | re.M)
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
#: A path in backticks: `net/outbound.py`, `moderation/decisions/`, `runs.py`.
PATH = re.compile(r"(?:[\w<>-]+/)*[\w<>-]+(?:\.[a-z]+|/)|(?:[\w<>-]+/)+[\w-]+")
#: A dotted name in backticks: `lifecycle.submit`, `Review.status`.
DOTTED = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
#: Names of files that the portal exports, and of folders in the data folder.
NO_SOURCE = re.compile(r".*\.(?:csv|json|com)|media/|var/")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*[A-Z0-9]")
#: Accounts behind the second one are read alike.
FURTHER_ACCOUNT = re.compile(r"_[3-9]_")

on_each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def prose(document: Path) -> str:
    return FENCE.sub("", document.read_text(encoding="utf-8"))


# --- Links


@cache
def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    slugs = set()
    for line in prose(document).splitlines():
        if heading := re.match(r"#{1,6} +(.+?) *#*$", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1])
            slug = slug_of(text)
            number = found.get(slug, 0)
            found[slug] = number + 1
            slugs.add(f"{slug}-{number}" if number else slug)
    return slugs


def slug_of(heading: str) -> str:
    """Lower case; letters, digits, hyphens and underscores; spaces become hyphens."""
    kept = (
        letter
        for letter in heading.strip().lower()
        if letter in " -_" or unicodedata.category(letter)[0] in "LNM"
    )
    return "".join(kept).replace(" ", "-")


def broken_links(document: Path) -> Iterator[str]:
    for target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in anchors(path):
            yield f"{target}: no such heading"


@on_each_document
def test_links_lead_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    document = tmp_path / "one.md"
    document.write_text(
        "# A `b` & C\n## Twice\n## Twice\n"
        "[a](#a-b--c) [b](#twice-1) [c](one.md#twice)\n"
        "[d](https://example.org/x) [e](two.md) [f](#twice-2)\n```\n[g](gone.md)\n```\n"
    )
    assert list(broken_links(document)) == [
        "two.md: no such file",
        "#twice-2: no such heading",
    ]


def test_every_document_is_reached_from_the_readme() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        linked = {
            (ROOT / target.partition("#")[0]).resolve()
            for target in LINK.findall(prose(ROOT / readme))
        }
        documents = {path for path in DOCUMENTS if path.parent != ROOT}
        assert documents <= linked, documents - linked


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= README_MAX_BYTES


# --- Variables


class RecordingEnvironment(dict[str, str]):
    """Remembers the names that are asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


def variables_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the settings read with two accounts at each gateway."""
    values = {"WJPORTAL_DATA_DIR": str(tmp_path)}
    for number in ("", "_2"):
        _, private = credentials.new_accounts()
        for provider, options in private.items():
            for name, value in options.items():
                values[f"{provider.upper()}{number}_{name.upper()}"] = value
    environment = RecordingEnvironment(values)
    monkeypatch.setattr(os, "environ", environment)
    runpy.run_path(str(ROOT / "wjportal" / "settings.py"))
    monkeypatch.undo()
    read = {name for name in environment.read if name == name.upper()}
    with_file = {f"{name}_FILE" for name in read}
    # The end of the accounts: the first number that is not set.
    return {name for name in read - with_file if not FURTHER_ACCOUNT.search(name)}


def variables_documented() -> set[str]:
    """Names in the first column of the tables of docs/configuration.md."""
    found: set[str] = set()
    for line in prose(ROOT / "docs" / "configuration.md").splitlines():
        if line.startswith("|"):
            names = CODE.findall(line.split("|")[1])
            found.update(name for name in names if VARIABLE.fullmatch(name))
    return {name for name in found if not FURTHER_ACCOUNT.search(name)}


def test_variables_are_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = variables_read(tmp_path, monkeypatch)
    documented = variables_documented()
    assert len(read) > 30
    assert read - documented == set(), "not in docs/configuration.md"
    assert documented - read == set(), "read by no setting"


# --- Files and names


@cache
def source_files() -> tuple[Path, ...]:
    """Modules and folders of the source tree, relative to the root."""
    return tuple(
        path.relative_to(ROOT)
        for name in (*SOURCES, "tests")
        for path in [ROOT / name, *(ROOT / name).rglob("*")]
        if "__pycache__" not in path.parts
        and (path.is_dir() or path.suffix in (".py", ".json"))
    )


def exists(token: str, room: str) -> bool:
    """Whether the path is there: from the root, in its room, or by its last parts.

    ``<name>`` stands for any part.
    """
    if not is_path(token) or token == f"{room}/":
        return True
    pattern = re.sub(r"<\w+>", "*", token.rstrip("/"))
    if "/" in token.rstrip("/") and any(ROOT.glob(pattern)):
        return True
    if not room and (ROOT / pattern).exists():
        return True
    return any(
        path.match(pattern)
        for path in source_files()
        if not room or path.parts[0] == room
    )


@cache
def names_of(path: Path) -> frozenset[str]:
    """Names that a module defines or imports; a package also has its modules."""
    if path.is_dir():
        inner = {child.stem for child in path.iterdir()}
        init = path / "__init__.py"
        return frozenset(inner | (names_of(init) if init.exists() else set()))
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        found |= defined(node)
    return frozenset(found)


def defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign):
        return {one.id for one in node.targets if isinstance(one, ast.Name)}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    return set()


@cache
def members() -> dict[str, frozenset[str]]:
    """Class, module or package → the names inside, all of the same name together."""
    found: dict[str, set[str]] = {}
    for relative in source_files():
        path = ROOT / relative
        if path.suffix == ".json":
            continue
        found.setdefault(path.stem, set()).update(names_of(path))
        if path.is_dir():
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                inner = set().union(*map(defined, node.body))
                found.setdefault(node.name, set()).update(inner)
    return {name: frozenset(inner) for name, inner in found.items()}


@cache
def fault_points() -> str:
    """The sandbox's source: its switches have dotted names, too (`wujie.create`)."""
    paths = (ROOT / "sandbox").rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def is_known_name(token: str) -> bool:
    """Each part is a member of the one before; unknown first parts are no names."""
    parts = token.split(".")
    if f'"{token}"' in fault_points():
        return True
    for owner, member in itertools.pairwise(parts):
        if owner not in members():
            return owner == parts[0] and owner[0] not in string.ascii_uppercase
        if member not in members()[owner]:
            return False
    return True


def missing_names(document: Path) -> Iterator[str]:
    for line in prose(document).splitlines():
        row = re.match(r"\| `(\w+)/` \|", line)
        room = row[1] if row else ""
        for code in CODE.findall(line):
            token = code.split()[0]
            if NO_SOURCE.fullmatch(token):
                continue
            if DOTTED.fullmatch(token) and not token.endswith(".py"):
                if not is_known_name(token):
                    yield token
            elif PATH.fullmatch(token) and not exists(token, room):
                yield token


def is_path(token: str) -> bool:
    """`Asia/Shanghai` is none: a path ends in `.py` or `/`, or begins at the root."""
    return token.endswith((".py", "/")) or (ROOT / token.split("/")[0]).is_dir()


@on_each_document
def test_named_files_and_names_exist(document: Path) -> None:
    assert list(missing_names(document)) == []


def test_missing_names_are_found(tmp_path: Path) -> None:
    document = tmp_path / "one.md"
    document.write_text(
        "`net/outbound.py` `Review.status` `script/test --quick` `Asia/Shanghai`\n"
        "| `spend/` | `budgets.py`, `claims.py` |\n"
        "`net/inbound.py` `Review.stately` `lifecycle.nothing` `script/gone`\n"
        "`net.outbound.post` `net.outbound.get` `moderation/gone/` `wujie.create`\n"
        "`gateways/providers/<name>/client.py` `gateways/providers/<name>/gone.py`\n"
        "```\n`net/fenced.py`\n```\n"
    )
    assert list(missing_names(document)) == [
        "claims.py",
        "net/inbound.py",
        "Review.stately",
        "lifecycle.nothing",
        "script/gone",
        "net.outbound.get",
        "moderation/gone/",
        "gateways/providers/<name>/gone.py",
    ]
