"""Every operation by the same ten steps, over real HTTP.

The names of these tests are the cells of the matrix in docs/operations.md.
"""

import io
import json
import time
from typing import Any

import pytest
from django.core.management import call_command

from generation.management.commands import operations_table
from generation.models import Artwork
from generation.operations import OPERATIONS
from tests.generation.operations.conftest import TYPED, has_prompt

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
ALL = sorted(OPERATIONS)
#: Without a ``notify_url`` in any source.
NOT_CALLED_BACK = {"openai-image", "openai-edit", "wujie-supersize", "jumdata-drawing"}
NO_AUDIT = {"wujie-supersize", "jumdata-drawing"}
#: What nobody sees needs no audit.
NO_PICTURE = {"avatar-training"}


@pytest.mark.parametrize("slug", ALL)
def test_its_form_stands_on_the_page(slug, fills, member):
    typed = {"operation": slug, **fills(slug)}
    page = member.get("/", {**typed, "open": "all"}).text
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
    page = member.post("/quote/", {"operation": slug, **fills(slug)})
    offer = page.context["price"]
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
    assert page.context["prompt_form"].operation.slug == slug
    kept = page.context["form"].initial
    for name, value in generation.parameters.items():
        if value not in (None, "", [], {}, False) and name in kept:
            assert kept[name] == value


@pytest.mark.parametrize("slug", [s for s in ALL if s not in NOT_CALLED_BACK])
def test_it_is_called_back(slug, fills, asks, archived, reached):
    generation = archived(asks(slug, **fills(slug)))
    deadline = time.monotonic() + 60
    while generation.callbacks.count() < generation.tasks.count():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    bodies = [json.loads(bytes(row.body)) for row in generation.callbacks.all()]
    keys = {task.key for task in generation.tasks.all()}
    assert {body["key"] for body in bodies} == keys


@pytest.mark.parametrize("slug", sorted(NOT_CALLED_BACK))
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


# --- The matrix of docs/operations.md


def test_the_document_holds_the_matrix():
    text = operations_table.DOCUMENT.read_text(encoding="utf-8")
    begin, end = operations_table.BEGIN, operations_table.END
    assert (text.count(begin), text.count(end)) == (1, 1)
    written = text.partition(begin)[2].partition(end)[0]
    out = io.StringIO()
    call_command("operations_table", stdout=out)
    assert written.strip() == out.getvalue().strip()


def test_the_matrix_is_written_between_its_marks(tmp_path, monkeypatch):
    document = tmp_path / "operations.md"
    text = operations_table.DOCUMENT.read_text(encoding="utf-8")
    stale = text.replace("test_it_is_called_back", "test_of_yesterday")
    document.write_text(stale, encoding="utf-8")
    monkeypatch.setattr(operations_table, "DOCUMENT", document)
    call_command("operations_table", write=True)
    assert document.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("slug", ALL)
@pytest.mark.parametrize("step", operations_table.STEPS)
def test_every_cell_names_a_test_of_its_operation(slug, step):
    """What an operation declares is what the tests here are run with."""
    cell = operations_table.STEPS[step].cell(OPERATIONS[slug])
    test = globals()[cell.removeprefix(operations_table.ABSENT)]
    (mark,) = (mark for mark in test.pytestmark if mark.name == "parametrize")
    assert mark.args[0] == "slug"
    assert slug in mark.args[1]


def test_every_operation_is_filled_in():
    assert set(TYPED) == set(OPERATIONS)
