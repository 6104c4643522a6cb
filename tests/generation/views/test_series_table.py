"""A table from its upload to its rows' pictures; three rows are mended."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import Generation, Series
from reconciliation import invariants
from spend import ledger
from tests import factories
from tests.pages import HTMX

TYPED = {
    "operation": "openai-image",
    "prompt": "{product} on white",
    "openai_model": "gpt-image-1",
    "openai_size": "1024x1024",
    "pictures": "1",
}
BAD = (4, 9, 30)


@pytest.fixture
def client(alice, signed_in, listed):
    return signed_in(alice)


@pytest.fixture
def draft(client):
    client.post("/series/new/", TYPED)
    return Series.objects.get()


def table(rows=50, bad=BAD):
    lines = ["product,quality,file name"]
    for number in range(2, rows + 2):
        quality = "splendid" if number in bad else "high"
        lines.append(f"Teapot {number},{quality},tea/{number}")
    return "\n".join(lines)


def upload(client, draft, text, name="table.csv"):
    file = SimpleUploadedFile(name, text.encode("gbk"))
    return client.post(f"/series/{draft.pk}/table/", {"table": file}, follow=True)


def said(answer):
    return re.sub(r"\s+", " ", answer.text)


def mended(client, draft, number, **headers):
    sent = {"text:quality": "low"}
    return client.post(f"/series/{draft.pk}/rows/{number}/", sent, **headers)


def accepted(client, draft, confirmed):
    sent = {"confirmed": confirmed}
    return client.post(f"/series/{draft.pk}/rows/", sent, follow=True)


def test_a_dry_run_names_the_wrong_rows(client, draft):
    page = said(upload(client, draft, table()))
    assert "47 requests" in page
    assert "10 integrals each × 47 = 470" in page
    assert "3 rows to mend" in page
    for number in BAD:
        assert f"Row {number}<" in page
    assert page.count("splendid is not one of the available choices") == 3
    assert not Generation.objects.exists()


def test_a_mended_row_is_counted(client, draft):
    upload(client, draft, table())
    part = mended(client, draft, BAD[0], headers=HTMX)
    assert "48 requests" in said(part)
    assert "<html" not in part.text
    assert mended(client, draft, BAD[1]).status_code == 302
    assert "49 requests" in said(client.get(f"/series/{draft.pk}/"))


def test_what_is_ready_goes_first_and_the_rest_later(client, draft):
    upload(client, draft, table())
    page = said(accepted(client, draft, 470))
    assert Generation.objects.count() == 47
    assert "3 rows to mend" in page
    for number in BAD:
        mended(client, draft, number)
    accepted(client, draft, 30)
    assert Generation.objects.count() == 50
    late = Generation.objects.get(cell__position=BAD[0])
    assert (late.prompt, late.parameters["quality"]) == ("Teapot 4 on white", "low")
    assert ledger.balances(factories.team())["reserved"] == 500
    assert list(invariants.broken()) == []


def test_an_accepted_row_is_not_mended(client, draft):
    upload(client, draft, table())
    accepted(client, draft, 470)
    assert mended(client, draft, 2).status_code == 404
    assert draft.cells.get(position=2).texts["quality"] == "high"


def test_files_are_named_by_their_rows(client, draft):
    upload(client, draft, table(3))
    names = draft.cells.order_by("position").values_list("file_name", flat=True)
    assert list(names) == ["tea_2", "tea_3", "tea_4"]


def test_columns_are_mapped_by_hand(client, draft):
    upload(client, draft, "what,grade\nTeapot,high\nJug,low\n")
    sent = {
        "prompt": "{what}, blue",
        "column:quality": "grade",
        "name": "Spring",
        "cap": "15",
    }
    page = said(client.post(f"/series/{draft.pk}/mapping/", sent, follow=True))
    assert "15 integrals are left of this series" in page
    draft.refresh_from_db()
    assert (draft.name, draft.cap, draft.mapping) == (
        "Spring",
        15,
        {"quality": "grade"},
    )
    kept = [cell.parameters["quality"] for cell in draft.cells.order_by("position")]
    assert kept == ["high", "low"]
    assert accepted(client, draft, 20).status_code == 422
    assert not Generation.objects.exists()


def test_a_column_that_is_not_there_is_named(client, draft):
    upload(client, draft, table(2, ()))
    sent = {"prompt": "{colour} teapot"}
    page = said(client.post(f"/series/{draft.pk}/mapping/", sent, follow=True))
    assert "no column “colour”" in page


def test_an_unreadable_table_says_why(client, draft):
    answer = upload(client, draft, "a,a\n1,2\n")
    assert answer.status_code == 422
    assert "Two columns are called “a”." in answer.text


def test_pasted_cells_are_kept_where_they_are_wrong(client, draft):
    answer = client.post(f"/series/{draft.pk}/table/", {"rows": "only a head"})
    assert answer.status_code == 422
    assert "only a head" in answer.text


def test_a_new_table_replaces_the_rows_of_a_draft(client, draft):
    upload(client, draft, table(5, ()))
    upload(client, draft, table(2, ()))
    assert draft.cells.count() == 2
    accepted(client, draft, 20)
    assert upload(client, draft, table(9)).status_code == 404


@pytest.mark.parametrize("part", ["table/", "mapping/", "rows/", "rows/2/", "plan/"])
def test_nobody_else_touches_it(client, draft, part, signed_in, mona, bob):
    upload(client, draft, table(2, ()))
    for person in (mona, bob):
        answer = signed_in(person).post(f"/series/{draft.pk}/{part}")
        assert answer.status_code == 404


def test_fifty_wrong_rows_cost_no_more_queries_than_one(client, draft):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/series/{draft.pk}/?kind=table")
        return len(captured)

    upload(client, draft, table(2, (2,)))
    one = queries()
    upload(client, draft, table(40, range(60)))
    assert queries() <= one
