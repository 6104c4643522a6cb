"""Every operation by the same ten steps, over real HTTP; and the table that says so.

The names of these tests are the cells of the table in docs/operations.md.
"""

import ast
import json
import time
from pathlib import Path
from typing import Any

import pytest

from generation.models import Artwork
from generation.operations import OPERATIONS
from tests.conftest import BASE_DIR
from tests.generation.operations.conftest import TYPED, has_prompt

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ALL = sorted(OPERATIONS)
BACKED_BY = {
    "form": "test_its_form_stands_on_the_page",
    "validation": "test_an_empty_form_is_not_sent",
    "quote": "test_its_price_is_told_before",
    "submit": "test_it_is_sent_polled_and_archived",
    "poll": "test_it_is_sent_polled_and_archived",
    "callback": "test_it_is_called_back",
    "archive": "test_it_is_sent_polled_and_archived",
    "audit": "test_its_audit_decides",
    "cancel": "test_it_is_cancelled_while_it_waits",
    "in the sandbox": "test_it_is_sent_polled_and_archived",
}
#: What no source documents for an operation is shown to be left alone.
WITHOUT = {
    "callback": "test_no_address_to_call_goes_out",
    "cancel": "test_it_cannot_be_cancelled_there",
    "audit": "test_without_an_audit_a_person_looks",
    "archive": "test_it_makes_no_picture",
}
NO_AUDIT = {"wujie-supersize", "jumdata-drawing"}
#: What nobody sees needs no audit.
NO_PICTURE = {"avatar-training"}


@pytest.mark.parametrize("slug", ALL)
def test_its_form_stands_on_the_page(slug, fills, member):
    typed = {"operation": slug, **fills(slug)}
    page = member.get("/", typed).content.decode()
    operation = OPERATIONS[slug]
    assert str(operation.explanation).replace("'", "&#x27;") in page
    shown = operation.form_class.base_fields.keys() & typed.keys()
    for name in shown:
        assert f'name="{name}"' in page
    assert "has not told its models yet" not in page


@pytest.mark.parametrize("slug", ALL)
def test_an_empty_form_is_not_sent(slug, refusal):
    assert refusal(slug)


@pytest.mark.parametrize("slug", ALL)
def test_its_price_is_told_before(slug, fills, member):
    page = member.get("/quote/", {"operation": slug, **fills(slug)})
    offer = page.context["offer"]
    assert offer.quote.cost > 0
    assert offer.quote.unit is OPERATIONS[slug].unit
    assert offer.quote.is_assumed is not OPERATIONS[slug].is_priced


@pytest.mark.both_databases  # its parameters are JSON, and come back from there
@pytest.mark.parametrize("slug", ALL)
def test_it_is_sent_polled_and_archived(slug, fills, asks, archived, reached, member):
    generation = archived(asks(slug, **fills(slug)))
    assert all(task.is_booked and task.polls for task in generation.tasks.all())
    # Use again fills the form in from it, whatever it was.
    page = member.get(f"/?again={generation.pk}")
    assert page.context["asked"].operation.slug == slug
    kept = page.context["form"].initial
    for name, value in generation.parameters.items():
        if value not in (None, "", [], {}, False) and name in kept:
            assert kept[name] == value


def is_called_back(slug: str) -> bool:
    """Whether a ``notify_url`` is documented for it."""
    silent = {"openai-image", "openai-edit", "wujie-supersize", "jumdata-drawing"}
    return slug not in silent


@pytest.mark.parametrize("slug", [slug for slug in ALL if is_called_back(slug)])
def test_it_is_called_back(slug, fills, asks, archived, reached):
    generation = archived(asks(slug, **fills(slug)))
    deadline = time.monotonic() + 10
    while generation.callbacks.count() < generation.tasks.count():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bodies = [json.loads(bytes(row.body)) for row in generation.callbacks.all()]
    keys = {task.key for task in generation.tasks.all()}
    assert {body["key"] for body in bodies} == keys


@pytest.mark.parametrize("slug", [slug for slug in ALL if not is_called_back(slug)])
def test_no_address_to_call_goes_out(slug, fills, asks, archived, reached, sandbox):
    generation = archived(asks(slug, **fills(slug)))
    told = {job["key"]: job["notify_url"] for job in sandbox.state()["jobs"]}
    assert [told[task.key] for task in generation.tasks.all()] == [""]
    assert not generation.callbacks.exists()


def judged(generation: Any, pump_until: Any) -> set[str]:
    rows = generation.artworks.exclude(moderation=Artwork.Moderation.PENDING)
    pump_until(lambda: rows.count() == generation.pictures)
    return set(rows.values_list("moderation", "verdict"))


@pytest.mark.parametrize(
    "slug", [slug for slug in ALL if slug not in NO_AUDIT | NO_PICTURE]
)
def test_its_audit_decides(slug, fills, asks, archived, reached, pump_until):
    generation = archived(asks(slug, **fills(slug)))
    assert judged(generation, pump_until) == {("released", "pass")}
    if has_prompt(OPERATIONS[slug]):
        generation = archived(asks(slug, **fills(slug, "sandbox:block")))
        assert judged(generation, pump_until) == {("held", "block")}


@pytest.mark.parametrize("slug", sorted(NO_AUDIT))
def test_without_an_audit_a_person_looks(
    slug, fills, asks, archived, reached, pump_until
):
    generation = archived(asks(slug, **fills(slug)))
    assert judged(generation, pump_until) == {("held", "missing")}


@pytest.mark.parametrize("slug", sorted(NO_PICTURE))
def test_it_makes_no_picture(slug, fills, asks, archived, reached):
    generation = archived(asks(slug, **fills(slug)))
    assert not generation.artworks.exists()
    assert not generation.is_moving


def waits_there(slug, fills, asks, reaches, sandbox, member):
    """Sent, queued at the gateway, and somebody asks for it back."""
    sandbox.switch(submit_seconds=30)
    generation = asks(slug, **fills(slug))
    reaches(generation, "running")
    member.post(f"/generations/{generation.pk}/cancellation/")
    return generation


@pytest.mark.parametrize("slug", [s for s in ALL if OPERATIONS[s].can_cancel])
def test_it_is_cancelled_while_it_waits(
    slug, fills, asks, reaches, reached, sandbox, member
):
    generation = waits_there(slug, fills, asks, reaches, sandbox, member)
    reaches(generation, "cancelled")
    assert {task.cost for task in generation.tasks.all()} == {0}


@pytest.mark.parametrize("slug", [s for s in ALL if not OPERATIONS[s].can_cancel])
def test_it_cannot_be_cancelled_there(
    slug, fills, asks, reaches, reached, sandbox, member
):
    generation = waits_there(slug, fills, asks, reaches, sandbox, member)
    assert "wujie.cancel" not in sandbox.state()["requests"]
    generation.refresh_from_db()
    assert generation.status == "running"


# --- The table


def cell(slug: str, step: str) -> str:
    operation = OPERATIONS[slug]
    if slug in NO_PICTURE and step in ("archive", "audit"):
        return f"– {WITHOUT['archive']}"
    is_left_alone = (
        (step == "callback" and not is_called_back(slug))
        or (step == "cancel" and not operation.can_cancel)
        or (step == "audit" and slug in NO_AUDIT)
    )
    return f"– {WITHOUT[step]}" if is_left_alone else BACKED_BY[step]


def table() -> str:
    steps = list(BACKED_BY)
    lines = [f"| operation | {' | '.join(steps)} |", f"| --- {'| --- ' * len(steps)}|"]
    for slug in OPERATIONS:
        cells = " | ".join(cell(slug, step) for step in steps)
        lines.append(f"| `{slug}` | {cells} |")
    return "\n".join(lines)


def test_the_table_says_what_is_tested():
    readme = (BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    assert table() in readme


def test_every_cell_is_a_test_here():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {*BACKED_BY.values(), *WITHOUT.values()} <= names
    assert set(TYPED) == set(OPERATIONS)
