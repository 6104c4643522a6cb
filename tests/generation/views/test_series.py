"""The list of series, the contact sheet, and what moves a series as a whole."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Generation
from generation.series import accepting
from spend import ledger
from tests import factories
from tests.pages import HTMX

AXES = [
    {"field": "", "values": ["red", "blue"]},
    {"field": "size", "values": ["1024x1024", "1024x768"]},
]


@pytest.fixture
def client(alice, signed_in, listed):
    return signed_in(alice)


@pytest.fixture
def running(alice):
    made = factories.series(alice, 4, axes=AXES)
    accepting.accept(made, confirmed=16)
    return made


def states():
    return set(Generation.objects.values_list("status", flat=True))


def test_it_is_paused_resumed_and_cancelled(client, running):
    client.post(f"/series/{running.pk}/pause/")
    assert states() == {"paused"}
    assert "Resume" in client.get(f"/series/{running.pk}/").text
    client.post(f"/series/{running.pk}/resumption/")
    assert states() == {"queued"}
    answer = client.post(f"/series/{running.pk}/cancellation/", follow=True)
    assert "4 waiting requests were cancelled" in answer.text
    assert ledger.balances(factories.team())["reserved"] == 0
    said = client.post(f"/series/{running.pk}/pause/", follow=True).text
    assert "Nothing was done" in said


@pytest.mark.parametrize("act", ["pause", "resumption", "cancellation", "deletion"])
def test_only_its_person_moves_it(act, running, signed_in, mona, bob):
    address = f"/series/{running.pk}/{act}/"
    for person in (mona, bob):
        assert signed_in(person).post(address).status_code == 404
        assert signed_in(person).get(address).status_code == 405
    assert states() == {"queued"}


def test_moderators_see_it_and_strangers_do_not(running, signed_in, mona, bob):
    page = signed_in(mona).get(f"/series/{running.pk}/")
    assert page.text.count('class="tile"') == 4
    assert "Pause" not in page.text
    assert signed_in(bob).get(f"/series/{running.pk}/").status_code == 404


def test_the_sheet_is_asked_for_only_when_it_changed(client, running):
    page = client.get(f"/series/{running.pk}/")
    seen = {"seen": page.context["sheet"].poll_cursor}
    address = f"/series/{running.pk}/"
    assert client.get(address, seen, headers=HTMX).status_code == 204
    assert "poll-tick" in page.text
    client.post(f"/series/{running.pk}/pause/")
    part = client.get(address, seen, headers=HTMX)
    assert part.status_code == 200
    assert "poll-tick" not in part.text
    assert "<html" not in part.text


def test_a_grid_has_a_row_and_a_column_for_each_value(client, running):
    page = client.get(f"/series/{running.pk}/").text
    for head in ("red", "blue"):
        assert f'<th scope="row">{head}</th>' in page
    assert '<th scope="col">1024 × 768</th>' in page


def test_held_pictures_are_not_shown(client, alice, running):
    (first, second) = Generation.objects.order_by("pk")[:2]
    held = factories.artwork(alice, generation=first, moderation="held")
    shown = factories.artwork(alice, generation=second)
    page = client.get(f"/series/{running.pk}/").text
    assert f"/artworks/{shown.pk}/thumbnail/" in page
    assert f"/artworks/{held.pk}/" not in page


def test_a_download_has_what_is_shown_alone(client, alice, running):
    """Row names of a table are its files' (`gallery.file_names`)."""
    rows = Generation.objects.order_by("pk")
    shown = factories.artwork(alice, generation=rows[0])
    factories.artwork(alice, generation=rows[1], moderation="held")
    rows.update(status="done")
    page = client.get(f"/series/{running.pk}/").text
    assert f'name="pictures" value="{shown.pk}"' in page
    assert "by_row" not in page


def test_a_longer_series_goes_on(client, alice):
    made = factories.series(alice, 130, kind="table")
    accepting.accept(made, confirmed=520)
    first = client.get(f"/series/{made.pk}/")
    assert first.text.count('class="tile"') == 96
    rest = client.get(f"/series/{made.pk}/", {"from": 96})
    assert rest.text.count('class="tile"') == 34


@pytest.mark.parametrize("address", ["/series/", "sheet"])
def test_thirty_cost_no_more_queries_than_one(client, alice, address):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(address if address != "sheet" else f"/series/{big.pk}/")
        return len(captured)

    big = factories.series(alice, 1, kind="table")
    accepting.accept(big, confirmed=4)
    client.get("/series/")
    one = queries()
    if address == "sheet":
        big = factories.series(alice, 30, kind="table")
        accepting.accept(big, confirmed=120)
    else:
        for _ in range(29):
            factories.series(alice)
    assert queries() <= one


def test_the_list_goes_on_where_it_ended(client, alice):
    for number in range(31):
        factories.series(alice, name=f"Lantern {number:02}")
    page = client.get("/series/")
    assert page.text.count("Lantern ") == 30
    older = client.get("/series/", {"before": page.context["older"]}, headers=HTMX)
    assert "Lantern 00" in older.text
    assert "<html" not in older.text


def test_a_stranger_sees_an_empty_list(alice, bob, signed_in):
    factories.series(alice, name="Lantern")
    assert "Lantern" not in signed_in(bob).get("/series/").text
