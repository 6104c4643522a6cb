"""A zip names the pictures of a table by their rows."""

import io
import zipfile

import pytest

from gallery import file_names
from generation.models import Generation
from generation.series import accepting
from tests import factories


@pytest.fixture
def pictures(alice):
    """Of a table: two rows of one name, one without any."""
    made = factories.series(alice, 3, kind="table")
    for position, name in enumerate(("茶壶-1", "茶壶-1", "")):
        made.cells.filter(position=position).update(file_name=name)
    accepting.accept(made, confirmed=12)
    rows = Generation.objects.order_by("cell__position")
    return [factories.artwork(alice, generation=row) for row in rows]


def test_files_are_called_as_their_rows(pictures):
    names = file_names.Names(file_names.BY_ROW, "")
    found = [names.of(each, n, "png") for n, each in enumerate(pictures, 1)]
    assert found == ["茶壶-1.png", "茶壶-1 (2).png", "003 Harbour 2.png"]


def test_a_picture_of_no_series_keeps_number_and_prompt(alice):
    names = file_names.Names(file_names.BY_ROW, "")
    picture = factories.artwork(alice)
    assert names.of(picture, 1, "png") == "001 A quiet harbour at dawn.png"


def test_a_table_is_downloaded_by_row(pictures, alice, signed_in):
    keys = ",".join(str(each.pk) for each in pictures)
    sent = {"pictures": keys, "by_row": "1"}
    answer = signed_in(alice).post("/gallery/download/", sent)
    whole = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert {"茶壶-1.png", "茶壶-1 (2).png"} <= set(whole.namelist())


def test_the_pictures_of_a_series_are_found(pictures, alice, bob, mona, signed_in):
    series, other = pictures[0].generation.cell.series, factories.artwork(alice)
    address = f"/gallery/?series={series.pk}"
    found = signed_in(alice).get(address).context["artworks"]
    assert {each.pk for each in found} == {each.pk for each in pictures}
    assert signed_in(mona).get(address).context["artworks"] == found
    # It chooses nothing where the series is not to be seen.
    assert "Series" not in signed_in(bob).get(address).context["filters"].chips
    assert list(signed_in(bob).get(address).context["artworks"]) == []
    page = signed_in(alice).get("/gallery/filters/").content.decode()
    assert f'<option value="{series.pk}">Series {series.pk}</option>' in page
    assert other.pk not in {each.pk for each in found}
