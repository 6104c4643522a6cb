"""Exports: what took effect, streamed, for a team's admins; nobody named to the EU."""

import csv
import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import decisions
from moderation.models import Decision, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PAGES = [
    reverse(f"moderation:{name}")
    for name in (
        *("exports", "decisions_csv", "decisions_json", "statements_json"),
        "day_hashes",
    )
]
CSV, JSON, STATEMENTS, HASHES = PAGES[1:]


def rejected(alice: User, mona: User, **said: str) -> Artwork:
    labels = [{"label": "porn", "verdict": "review", "rate": 0.71}]
    artwork = factories.artwork(
        alice, moderation="held", verdict="review", labels=labels
    )
    decide(artwork, mona, "reject", **said)
    factories.settle()
    return artwork


def decide(artwork: Artwork, by: User, action: str, **said: str) -> Review:
    review = factories.review(artwork, claimed_by=by)
    reason = said.pop("reason", "sexual") if action == "reject" else ""
    return decisions.decide(review, review.claim, action, by=by, reason=reason, **said)


def read(response: Any) -> str:
    assert isinstance(response, StreamingHttpResponse)
    return response.getvalue().decode("utf-8-sig")


def rows(client: Any, url: str = JSON) -> Any:
    return json.loads(read(client.get(url)))


@pytest.mark.parametrize("url", PAGES)
def test_only_a_teams_admins_get_them(
    signed_in: Any, alice: User, bob: User, mona: User, otto: User, url: str
) -> None:
    for who in (alice, bob, mona):
        assert signed_in(who).get(url).status_code == 404
    assert signed_in(otto).get(url).status_code == 200
    assert signed_in(otto).post(url).status_code == 405


def test_decisions_as_csv_and_json(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = rejected(alice, mona, note="=1+1", text="Cover her")
    client = signed_in(otto)
    found = list(csv.DictReader(io.StringIO(read(client.get(CSV)))))
    assert len(found) == 1
    row = found[0]
    assert (row["artwork"], row["decided_by"]) == (str(artwork.pk), "mona")
    assert (row["action"], row["reason"]) == ("reject", "sexual")
    assert row["note"] == "'=1+1"  # no spreadsheet calculates it
    same = rows(client)[0]
    assert (same["note"], same["text"]) == ("=1+1", "Cover her")
    assert (same["label"], same["rate"], same["grounds"]) == ("porn", 0.71, [])
    assert same["cause"] == "review"
    assert same["opened_at"] == row["opened_at"]
    assert row["opened_at"][-6:] == row["decided_at"][-6:] == "+08:00"


def test_what_may_be_undone_is_not_in_it(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = factories.artwork(alice, moderation="held", verdict="review")
    decide(artwork, mona, "release")
    client = signed_in(otto)
    assert rows(client) == []
    factories.settle()
    assert [row["action"] for row in rows(client)] == ["release"]


def test_another_teams_are_not_in_it(
    signed_in: Any, bob: User, mona: User, otto: User
) -> None:
    Decision.objects.create(artwork=factories.artwork(bob), action="release")
    assert rows(signed_in(otto)) == []
    assert read(signed_in(otto).get(JSON)) == "[\n]\n"


def test_filters_stand_in_the_address(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = rejected(alice, mona)
    old = timezone.now() - datetime.timedelta(days=40)
    Decision.objects.create(artwork=artwork, action="release", decided_at=old)
    client, today = signed_in(otto), timezone.localdate()
    for query, number in (
        ("", 2),
        (f"since={today}", 1),
        (f"until={today - datetime.timedelta(days=30)}", 1),
        ("action=reject", 1),
        ("label=porn", 1),
        ("label=sexy", 0),
        ("by=people", 1),
        ("by=rule", 1),
        ("by=rule&action=reject", 0),
    ):
        assert len(rows(client, f"{JSON}?{query}")) == number, query
    for query in ("since=nonsense", "action=x", "by=me"):
        assert client.get(f"{JSON}?{query}").status_code == 404


def test_rows_stream_as_they_are_read(
    signed_in: Any, alice: User, otto: User, django_assert_num_queries: Any
) -> None:
    artwork = factories.artwork(alice)
    Decision.objects.bulk_create(
        Decision(artwork=artwork, action="release") for _ in range(2500)
    )
    client = signed_in(otto)
    for url in (CSV, JSON):
        response = client.get(url)
        assert response.streaming
        with django_assert_num_queries(1):
            lines = sum(chunk.count(b"\n") for chunk in response)
        assert lines in (2501, 2502)


def test_a_statement_says_what_the_law_asks_for(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = rejected(alice, mona, text="Cover her", note="between us")
    text = read(signed_in(otto).get(STATEMENTS))
    (found,) = json.loads(text)
    today = timezone.localdate().isoformat()
    assert found["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    assert found["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert found["incompatible_content_ground"] == "Sexual or suggestive"
    assert found["incompatible_content_explanation"] == "Cover her"
    assert "Pornography 71 %" in found["decision_facts"]
    assert found["automated_detection"] == "Yes"
    assert found["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"
    assert found["application_date"] == found["content_date"] == today
    assert found["end_date_visibility_restriction"] is None
    assert found["territorial_scope_explanation"].startswith("Everywhere")
    assert f"http://testserver/artworks/{artwork.pk}/outcome/" in found["redress"]
    for secret in ("alice", "mona", "between us", artwork.generation.prompt):
        assert secret not in text


def test_a_statement_tells_who_or_what_decided(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    by_rule = factories.artwork(alice, moderation="rejected")
    Decision.objects.create(artwork=by_rule, action="reject", reason="other")
    decisions.take_down(factories.artwork(alice), by=mona, reason="rights")
    by_hand, ruled = rows(signed_in(otto), STATEMENTS)
    assert ruled["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert by_hand["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert by_hand["automated_detection"] == "No"
    assert by_hand["category"] == (
        "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    )


def test_what_was_undone_is_no_statement_and_what_was_lifted_has_an_end(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    undone = factories.artwork(alice, moderation="held", verdict="review")
    decisions.undo(decide(undone, mona, "reject"), by=mona)
    lifted = rejected(alice, mona)
    decisions.reopen(Artwork.objects.get(pk=lifted.pk), by=otto, reason="?")
    decide(lifted, otto, "release")
    factories.settle()
    client = signed_in(otto)
    (found,) = rows(client, STATEMENTS)
    assert {row["artwork"] for row in rows(client)} == {lifted.pk}
    assert found["end_date_visibility_restriction"] == timezone.localdate().isoformat()


def test_statements_cost_one_query_however_many(
    signed_in: Any, alice: User, mona: User, otto: User, django_assert_num_queries: Any
) -> None:
    for _ in range(4):
        rejected(alice, mona)
    response = signed_in(otto).get(STATEMENTS)
    with django_assert_num_queries(1):
        assert len(json.loads(response.getvalue())) == 4


def test_the_days_last_hash_is_what_the_log_is_compared_with(
    signed_in: Any, alice: User, bob: User, mona: User, otto: User, tmp_path: Any
) -> None:
    rejected(alice, mona)
    Review.objects.all()
    response = signed_in(otto).get(f"{HASHES}?day={timezone.localdate()}")
    (said,) = response.json()
    assert (said["team"], said["number"]) == (factories.team().pk, 1)
    kept = tmp_path / "kept.json"
    kept.write_bytes(response.content)
    call_command("verify_log", against=kept)
    assert signed_in(otto).get(HASHES).json() == []  # yesterday
    assert signed_in(otto).get(f"{HASHES}?day=nonsense").status_code == 404
