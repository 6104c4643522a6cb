"""The summary of accounts: two queries."""

import pytest

from gateways import catalogue
from reconciliation import summary

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def test_the_standing_says_it_in_two_queries(dearer, otto, django_assert_num_queries):
    accounts = [catalogue.account(name) for name in ("wujie", "jumdata")]
    with django_assert_num_queries(2):
        wujie, jumdata = summary.of_accounts(accounts)
    assert (wujie.open, wujie.drift) == (1, 7)
    assert (wujie.last.matched, wujie.last.compared) == (0, 1)
    assert (jumdata.open, jumdata.last) == (0, None)
