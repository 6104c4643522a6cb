"""Parts of pages that are kept as fragments: nothing leaks between people, teams,
languages and moments."""

import datetime
import re

import pytest
from django.utils import timezone

from gateways.models import CatalogueEntry
from generation.models import Artwork, Generation, ProviderTask
from moderation.models import Decision
from tests import factories

pytestmark = pytest.mark.usefixtures("listed")
#: A page is drawn twice: from the second time on its fragments are kept.
TWICE = range(2)


def looks(client, address="/"):
    for _ in TWICE:
        page = client.get(address)
    return page.text


def options(page, name):
    part = page[page.index(f'name="{name}"') :]
    return re.findall(r'<option value="([^"]+)"', part[: part.index("</select>")])


def speak(user, language):
    user.language = language
    user.save()


def test_each_reads_their_own_language(alice, mona, signed_in):
    factories.artwork(alice)
    factories.artwork(mona)
    speak(mona, "zh-hans")
    hers, theirs = looks(signed_in(alice)), looks(signed_in(mona))
    for english, chinese in [
        ("Settings", "设置"),  # of the bar
        ("Activity", "生成记录"),  # of the side bar
        ("Picture 1", "图片 1"),  # of a card
        ("You are offline.", "网络已断开"),
    ]:
        assert english in hers, english
        assert chinese not in hers, chinese
        assert english not in theirs, english


def test_the_bar_follows_the_gateways_list(alice, signed_in):
    client = signed_in(alice)
    assert '1024x768"' in looks(client)
    entry = CatalogueEntry.objects.get(kind="resources", key="1")
    entry.payload["sizes"] = [[640, 640]]
    entry.fetched_at = timezone.now()
    entry.save()
    page = looks(client)
    assert '640x640"' in page
    assert '1024x768"' not in page


def test_an_avatar_is_its_owners_alone(alice, bob, signed_in):
    trained = factories.generation(
        alice, operation="avatar-training", pictures=0, status="done"
    )
    key = factories.task(trained, status=ProviderTask.Status.SUCCEEDED).key
    factories.account().catalogue_entries.create(
        kind="list",
        key="avatar_templates",
        payload=[{"key": "F1", "name": "City", "category": "Places"}],
        fetched_at=timezone.now(),
    )
    address = "/?operation=avatar-artwork"
    assert key in looks(signed_in(alice), address)
    assert key not in looks(signed_in(bob), address)


def test_what_was_typed_is_nobody_elses(alice, mona, signed_in):
    asked = "/?negative_prompt=a+secret+word&td_enabled=on&pictures=7&model=2"
    page = looks(signed_in(alice), asked)
    assert "a secret word" in page
    assert 'value="7"' in page
    theirs = looks(signed_in(mona))
    assert "a secret word" not in theirs
    assert 'value="7"' not in theirs
    assert options(theirs, "model")[0] == "1"
    assert '<option value="1" selected' in theirs


def test_an_untouched_form_says_nothing_of_other_operations(alice, signed_in):
    assert "data-kept" not in looks(signed_in(alice))
    assert "data-kept" not in looks(signed_in(alice), "/?model=1")


def test_a_picture_taken_down_is_gone_at_the_next_look(alice, mona, signed_in):
    shown, client = factories.artwork(alice), signed_in(alice)
    assert f"/artworks/{shown.pk}/thumbnail/" in looks(client)
    Decision.objects.create(
        artwork=shown, action="reject", reason="rights", decided_by=mona
    )
    # Past the card's version, too: what it shows is read at each look.
    Artwork.objects.update(moderation="rejected")
    page = looks(client)
    assert f"/artworks/{shown.pk}/thumbnail/" not in page
    assert "rights or likeness" in page


def test_a_card_says_whose_it_is_to_others_alone(alice, otto, signed_in):
    factories.artwork(alice)
    hers = looks(signed_in(alice), "/activity/")
    theirs = looks(signed_in(otto), "/activity/?everyone=1")
    name = f"{alice.display_name} ·"
    assert name not in hers
    assert name in theirs
    assert name not in looks(signed_in(alice), "/activity/")


def test_a_card_counts_on(alice, signed_in):
    made, client = factories.artwork(alice).generation, signed_in(alice)
    assert "just now" in looks(client)
    earlier = timezone.now() - datetime.timedelta(hours=3)
    Generation.objects.filter(pk=made.pk).update(created_at=earlier)
    page = looks(client)
    assert "3\xa0hours ago" in page
    assert "just now" not in page


def test_the_side_bar_follows_the_role(alice, signed_in):
    client = signed_in(alice)
    assert 'href="/review/"' not in looks(client)
    alice.memberships.update(role="admin")
    page = looks(client)
    assert 'href="/review/"' in page
    assert 'href="/people/"' in page
    alice.memberships.update(role="member")
    assert 'href="/review/"' not in looks(client)


def test_the_side_bar_counts_what_waits(alice, mona, signed_in):
    client = signed_in(mona)
    assert "nav-count" not in looks(client)
    factories.artwork(alice, moderation="held")
    assert re.search('nav-count">1<', looks(client))


def test_the_side_bar_marks_its_page(alice, signed_in):
    client = signed_in(alice)
    for address in ("/", "/gallery/", "/activity/"):
        current = r'href="([^"]+)" title="[^"]+" aria-current="page"'
        assert set(re.findall(current, looks(client, address))) == {address}
