"""Static files carry the headers of pages: a drawing opens as a page of its own."""

import pytest
from django.test import Client


@pytest.mark.django_db  # the end of an answer closes connections
def test_static_files_are_as_guarded_as_pages():
    answer = Client().get("/static/favicon.svg")
    answer.close()
    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer
