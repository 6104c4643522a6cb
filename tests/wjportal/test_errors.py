"""The pages of Django's own errors: complete, in both languages, without script."""

import pytest
from django.test import Client

from gateways import catalogue

pytestmark = pytest.mark.django_db


def test_a_stranger_s_host_gets_a_page_that_says_nothing_was_changed():
    answer = Client(headers={"host": "evil.example.org"}).get("/")
    assert answer.status_code == 400
    said = answer.content.decode()
    assert "Nothing was changed" in said
    assert "没有任何改动" in said
    assert "<script" not in said


def test_a_form_of_ten_thousand_fields_is_not_understood(alice):
    client = Client()
    client.force_login(alice)
    answer = client.post("/generations/", {f"field-{i}": "" for i in range(10_000)})
    assert answer.status_code == 400
    assert "Not understood" in answer.content.decode()


def test_a_fault_says_that_what_was_asked_for_is_kept(alice, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("on purpose")

    monkeypatch.setattr(catalogue, "read", broken)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "is kept" in answer.content.decode()


def test_each_page_says_what_to_do(alice, signed_in):
    refused = Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert refused.status_code == 403
    assert "load the page again and repeat it" in refused.text
    missing = signed_in(alice).get("/nothing-here/")
    assert missing.status_code == 404
    assert "Check the address" in missing.text
