"""Searches kept by name, for oneself or the team."""

import pytest
from django.urls import reverse

from spend.models import SavedView
from tests import factories

pytestmark = pytest.mark.both_databases
QUERY = "q=harbour&seen=unopened"


def save(client, name="Harbours", query=QUERY, **sent):
    return client.post(
        f"{reverse('gallery:save_search')}?{query}", {"name": name, **sent}
    )


def names(client):
    return [row.name for row in client.get("/gallery/").context["searches"]]


def test_a_search_is_kept_and_found_again(alice, signed_in):
    art, client = factories.artwork(alice), signed_in(alice)
    answer = save(client, query=f"{QUERY}&before=1&x=1&cost=")
    assert (answer.status_code, answer.url) == (302, f"/gallery/?{QUERY}")
    row = SavedView.objects.get()
    assert (row.page, row.address) == ("gallery", QUERY)
    page = client.get(f"/gallery/?{row.address}")
    assert list(page.context["artworks"]) == [art]
    assert f"/gallery/?{QUERY}".replace("&", "&amp;") in page.content.decode()


def test_only_a_shared_one_is_seen_by_the_team_alone(alice, mona, bob, signed_in):
    save(signed_in(alice), "Mine")
    save(signed_in(alice), "Ours", is_shared="on")
    assert names(signed_in(alice)) == ["Mine", "Ours"]
    assert names(signed_in(mona)) == ["Ours"]
    assert names(signed_in(bob)) == []


@pytest.mark.parametrize("name", ["", "x" * 61, "Harbours"])
def test_what_is_wrong_with_a_name_is_said_and_nothing_is_lost(name, alice, signed_in):
    client = signed_in(alice)
    save(client)
    answer = save(client, name)
    assert answer.status_code == 422
    assert answer.context["search_form"].errors["name"]
    assert f'value="{name}"' in answer.content.decode() or not name
    assert SavedView.objects.count() == 1
    long = save(client, "Long", query="q=" + "w" * 600)
    assert long.status_code == 422


def test_a_removed_one_comes_back(alice, mona, signed_in):
    client = signed_in(alice)
    save(client, is_shared="on")
    row = SavedView.objects.get()
    other = signed_in(mona)
    for name in ("remove_search", "restore_search"):
        path = reverse(f"gallery:{name}", args=[row.pk])
        assert other.post(path).status_code == 404
        assert client.get(path).status_code == 405
    client = signed_in(alice)
    answer = client.post(reverse("gallery:remove_search", args=[row.pk]) + f"?{QUERY}")
    assert answer.url == f"/gallery/?{QUERY}&removed_search={row.pk}"
    assert names(client) == []
    page = client.get(answer.url).content.decode()
    restore = reverse("gallery:restore_search", args=[row.pk])
    assert restore in page
    assert restore not in signed_in(mona).get(answer.url).content.decode()
    signed_in(alice).post(restore)
    assert names(signed_in(alice)) == ["Harbours"]


def test_pages_keep_their_own(otto, signed_in):
    client = signed_in(otto)
    save(client, "Same")
    client.post(reverse("spend:save_view"), {"name": "Same"})
    assert names(client) == ["Same"]
    views = client.get(reverse("spend:overview")).context["views"]
    assert [row.page for row in views] == ["spend"]
    of_gallery = SavedView.objects.of_gallery().get()
    path = reverse("spend:remove_view", args=[of_gallery.pk])
    assert client.post(path).status_code == 404


def test_links_of_a_refused_form_lead_to_the_gallery(alice, signed_in):
    """Its address is the form's: *Older* and the end of the list lead to it."""
    client = signed_in(alice)
    answer = client.get(f"{reverse('gallery:save_search')}?{QUERY}&before=7")
    assert answer.url == f"/gallery/?{QUERY}&before=7"


def test_each_page_keeps_so_many_and_no_more(otto, signed_in, monkeypatch):
    monkeypatch.setattr(SavedView, "MOST", 2)
    client = signed_in(otto)
    for name in ("one", "two"):
        assert save(client, name).status_code == 302
    full = save(client, "three")
    assert full.status_code == 422 and "You have 2 searches" in full.content.decode()
    spend = client.post(reverse("spend:save_view"), {"name": "mine"})
    assert spend.status_code == 302
    row = SavedView.objects.of_gallery().first()
    client.post(reverse("gallery:remove_search", args=[row.pk]))
    assert save(client, "three").status_code == 302
    client.post(reverse("gallery:restore_search", args=[row.pk]))
    assert sorted(names(client)) == sorted({"one", "two", "three"} - {row.name})
