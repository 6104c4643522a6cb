"""A matrix from the create page to its contact sheet."""

import re
import uuid

import pytest

from generation.models import Generation, Series
from reconciliation import invariants
from spend import ledger
from spend.models import Budget
from tests import factories
from tests.pages import HTMX

TYPED = {
    "operation": "openai-image",
    "prompt": "a {red|blue|green} lantern",
    "openai_model": "gpt-image-1",
    "openai_size": "1024x1024",
    "pictures": "1",
}
TWELVE = {
    "prompt": "a {red|blue|green} lantern",
    "axis:openai_size": ["1024x1024", "1536x1024"],
    "axis:quality": ["high", "low"],
}


@pytest.fixture
def client(alice, signed_in, listed):
    return signed_in(alice)


@pytest.fixture
def draft(client):
    client.post("/series/new/", TYPED | {"submit_key": str(uuid.uuid4())})
    return Series.objects.get()


def planned(client, draft, **changes):
    return client.post(
        f"/series/{draft.pk}/plan/", {**TWELVE, **changes}, headers=HTMX
    ).text


def accepted(client, draft, confirmed=120, **changes):
    sent = {**TWELVE, **changes, "confirmed": confirmed}
    return client.post(f"/series/{draft.pk}/matrix/", sent)


def test_a_form_becomes_a_draft(client, draft):
    assert draft.values["prompt"] == ["a {red|blue|green} lantern"]
    page = client.get(f"/series/{draft.pk}/").text
    assert "a {red|blue|green} lantern" in page
    assert 'name="axis:openai_size" value="1024x1024" checked' in page
    assert not Generation.objects.exists()


def test_the_form_goes_to_its_draft_with_htmx(client):
    answer = client.post("/series/new/", TYPED, headers=HTMX)
    assert answer["HX-Redirect"] == f"/series/{Series.objects.get().pk}/"


def test_the_same_form_is_one_draft(client):
    key = {"submit_key": str(uuid.uuid4())}
    for words in ("one", "two"):
        client.post("/series/new/", TYPED | key | {"prompt": words})
    assert Series.objects.get().values["prompt"] == ["two"]


def test_number_and_price_come_before_anything_is_paid(client, draft):
    said = re.sub(r"\s+", " ", planned(client, draft))
    assert "12 requests" in said
    assert "10 integrals each × 12 = 120" in said
    assert 'name="confirmed" value="120"' in said
    assert not Generation.objects.exists()
    draft.refresh_from_db()
    assert [axis["field"] for axis in draft.axes] == ["", "openai_size", "quality"]


def test_one_confirmation_accepts_twelve(client, draft):
    answer = accepted(client, draft)
    assert answer.status_code == 302
    rows = Generation.objects.order_by("cell__position")
    assert rows.count() == 12
    assert len({(r.prompt, r.width, r.parameters["quality"]) for r in rows}) == 12
    assert rows[0].prompt == "a red lantern"
    assert ledger.balances(factories.team())["reserved"] == 120
    assert list(invariants.broken()) == []
    sheet = client.get(f"/series/{draft.pk}/").text
    assert sheet.count('class="tile"') == 12
    assert "blue · 1024 × 1024" in sheet
    assert "0 of 12 done" in sheet


def test_settings_stay_as_chosen_while_it_is_priced(client, draft):
    """The last cell's values are not the form's."""
    sent = {**TWELVE, "axis:quality": ["high"], "axis:moderation": ["low"]}
    page = client.post(f"/series/{draft.pk}/plan/", sent).text
    assert 'name="axis:openai_model" value="gpt-image-1" checked' in page
    assert 'name="axis:background" value="auto" checked' in page
    assert 'name="axis:moderation" value="low" checked' in page
    assert 'name="axis:moderation" value="auto" checked' not in page


def test_a_second_press_goes_to_the_sheet(client, draft):
    for _ in range(2):
        assert accepted(client, draft).status_code == 302
    assert Generation.objects.count() == 12


def test_another_price_is_confirmed_again(client, draft):
    answer = accepted(client, draft, confirmed=100)
    assert answer.status_code == 422
    assert "The price is 120 integrals now." in answer.text
    assert 'name="confirmed" value="120"' in answer.text
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cap": "119"}, "That is more than you allowed: 119 integrals"),
        ({"prompt": "{" + "|".join(map(str, range(600))) + "}"}, "a series takes"),
        ({"axis:output_compression": "x"}, "12 requests"),
        ({"axis:background": ["transparent"], "axis:output_format": ["jpeg", "png"]},
         "12 requests cannot be made"),
    ],
)  # fmt: skip
def test_it_says_why_not(client, draft, changes, words):
    said = re.sub(r"\s+", " ", planned(client, draft, **changes))
    assert words.replace(" ", " ") in said


def test_a_budget_too_small_refuses_the_whole(client, draft, alice):
    Budget.objects.create(team=factories.team(), user=alice, limit=119)
    assert accepted(client, draft).status_code == 422
    assert not Generation.objects.exists()
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_wrong_cap_names_its_field(client, draft):
    answer = accepted(client, draft, cap="-1")
    assert answer.status_code == 422
    assert "id_cap_error" in answer.text
    assert "a {red|blue|green} lantern" in answer.text


def test_a_draft_is_discarded(client, draft):
    client.post(f"/series/{draft.pk}/deletion/")
    assert not Series.objects.exists()


def test_an_accepted_series_is_not_discarded(client, draft):
    accepted(client, draft)
    client.post(f"/series/{draft.pk}/deletion/")
    assert Series.objects.get().cells.count() == 12


def test_what_was_cancelled_is_tried_again_at_a_price(client, draft):
    accepted(client, draft)
    Generation.objects.filter(cell__position__lt=9).update(status="done")
    client.post(f"/series/{draft.pk}/cancellation/")
    key = {"submit_key": str(uuid.uuid4())}
    for _press in range(2):
        answer = client.post(f"/series/{draft.pk}/again/", key, follow=True)
    assert "3 requests" in re.sub(r"\s+", " ", answer.text)
    again = Series.objects.latest("pk")
    assert Series.objects.count() == 2
    assert Generation.objects.count() == 12
    client.post(f"/series/{again.pk}/rows/", {"confirmed": 30})
    late = Generation.objects.order_by("-pk")[:3]
    assert {row.prompt for row in late} == {"a green lantern"}
    kept = draft.cells.filter(position__gte=9).order_by("-position")
    assert [row.parameters for row in late] == [
        {n: v for n, v in cell.parameters.items() if n != "prompt"} for cell in kept
    ]


def test_nothing_is_tried_again_where_nothing_failed(client, draft):
    accepted(client, draft)
    client.post(f"/series/{draft.pk}/again/")
    assert Series.objects.count() == 1
