"""Spend rules of a team, apart from its limits."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from spend import large_requests, rejections
from spend.models import Rate
from tests import factories

pytestmark = pytest.mark.django_db

URL = reverse("spend:rules")
RULE, RATE = (reverse(f"spend:{name}") for name in ("set_rule", "set_rate"))


def test_the_rules_are_saved(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    form = {"rejection": "write_off", "ask_above_percent": "40"}
    assert client.post(RULE, form).url == URL
    assert rejections.rule(factories.team()) == "write_off"
    assert large_requests.percent(factories.team()) == 40
    shown = client.get(URL).context["form"]
    assert shown["ask_above_percent"].value() == 40


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"rejection": "write_off", "ask_above_percent": "101"}, "ask_above_percent"),
        ({"rejection": "write_off", "ask_above_percent": "-1"}, "ask_above_percent"),
        ({"rejection": "write_off", "ask_above_percent": "many"}, "ask_above_percent"),
        ({"rejection": "burn", "ask_above_percent": "10"}, "rejection"),
    ],
)
def test_an_error_stands_at_its_field(
    signed_in: Any, otto: User, form: dict[str, str], field: str
) -> None:
    answer = signed_in(otto).post(RULE, form)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert f'value="{form["ask_above_percent"]}"' in answer.text
    assert rejections.rule(factories.team()) == "keep"
    assert large_requests.percent(factories.team()) == 25


def test_a_conversion_rate_is_saved_and_removed(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    client.post(RATE, {"unit": "image", "integrals": "2.5"})
    assert Rate.objects.get().integrals == Decimal("2.5")
    assert "images × 2.5" in " ".join(client.get(URL).text.split())
    refused = client.post(RATE, {"unit": "image", "integrals": "0"})
    assert refused.status_code == 422
    assert refused.context["rate_form"].errors.keys() == {"integrals"}
    client.post(RATE, {"unit": "image", "integrals": ""})
    assert not Rate.objects.exists()


def test_only_admins_may(signed_in: Any, alice: User, mona: User) -> None:
    for who in (alice, mona):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        for address in (RULE, RATE):
            assert client.post(address, {"unit": "image"}).status_code == 404
    assert client.get(RULE).status_code == 405
    assert client.post(URL).status_code == 405
