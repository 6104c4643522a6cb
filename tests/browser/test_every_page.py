"""Every page, found from the portal's addresses: no barrier, nothing over the edge.

A page that is added is walked without a word here.
"""

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests import factories
from tests.test_tenancy import addresses
from tests.whole_team import WholeTeam

pytestmark = pytest.mark.django_db(transaction=True)

#: Fewer would mean that the search for pages has broken.
LEAST_PAGES = 35


def pages(oda, whole):
    """Addresses that answer this owner, admin and moderator with a whole page."""
    client = Client(raise_request_exception=False)
    client.force_login(oda)
    for name, names in addresses():
        known = whole.keys.get(name, [{}])
        kwargs = next((one for one in known if set(one) >= set(names)), {})
        try:
            path = reverse(name, kwargs={key: kwargs[key] for key in names})
        except (KeyError, NoReverseMatch):
            continue
        answer = client.get(path)
        answer.close()  # a file's
        assert answer.status_code != 500, path
        is_html = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code == 200 and is_html and b"<!doctype" in answer.content:
            yield path


@pytest.mark.timeout(900)  # a browser at work for a minute on a quiet machine
def test_no_barrier_on_any_page(alice, oda, no_barrier):
    factories.catalogue()
    found = list(pages(oda, WholeTeam(alice, oda)))
    assert len(found) >= LEAST_PAGES, found
    faults = []
    for path in found:
        try:
            no_barrier(oda, path, opened="main details:not(.menu) > summary")
        except AssertionError as error:
            faults.append(str(error))
    assert not faults, "\n".join(faults)
