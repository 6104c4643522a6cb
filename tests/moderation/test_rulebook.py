"""A team's rules: judgements, simulation, versions."""

import json
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from log.models import Entry
from moderation import decisions, rule_simulation, rules
from moderation.models import Review, Rule, RuleSet
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("moderation:rulebook")


def rule(outcome: str, **fields: Any) -> Rule:
    return Rule(position=1, outcome=outcome, **fields)


def judged(*by: Rule, **audit: Any) -> rules.Judgement:
    for number, each in enumerate(by, 1):
        each.position = number
    artwork = Artwork(**{"verdict": "review", "labels": []} | audit)
    return rules.judge(artwork, rules.TeamRules(1, 1.0, by), "wujie-drawing")


def label(rate: float | None, name: str = "sexy", verdict: str = "review") -> Any:
    return [{"label": name, "verdict": verdict, "rate": rate}]


# --- Judging


def test_a_label_at_a_low_rate_is_released_by_rule() -> None:
    mild = rule("release", label="sexy", rate_to=0.6)
    assert judged(mild, labels=label(0.5)).action == "release"
    assert judged(mild, labels=label(0.7)).action == "hold"
    assert judged(mild, labels=label(0.5, "porn")).action == "hold"
    assert judged(mild, labels=label(None)).action == "hold"
    assert judged(mild).action == "hold"


def test_the_strictest_of_all_rows_counts() -> None:
    by = (rule("release", label="sexy"), rule("reject", label="porn", rate_from=0.9))
    both = [*label(0.2), *label(0.95, "porn", "block")]
    judgement = judged(*by, verdict="block", labels=both)
    assert judgement.action == "reject"
    assert "rule:2" in judgement.grounds


def test_both_limits_of_a_rate_belong_to_its_rule() -> None:
    band = rule("reject", label="porn", rate_from=0.5, rate_to=0.6)
    for rate, action in ((0.49, "hold"), (0.5, "reject"), (0.6, "reject")):
        assert judged(band, labels=label(rate, "porn")).action == action
    assert judged(band, labels=label(0.61, "porn")).action == "hold"


def test_the_first_row_that_fits_counts() -> None:
    by = (rule("hold", label="sexy"), rule("release", label="sexy"))
    assert judged(*by, labels=label(0.1)).action == "hold"


@pytest.mark.parametrize(
    "audit",
    [
        {"is_check_failed": True},
        {"is_offending": True},
        {"labels": "?"},
        {"verdict": "missing"},
        {"verdict": "new"},
        {"labels": label(0.1, verdict="missing")},
    ],
)
def test_no_rule_releases_what_is_broken(audit: dict[str, Any]) -> None:
    assert judged(rule("release"), **audit).action == "hold"


def test_a_rule_is_for_one_operation() -> None:
    assert judged(rule("release", operation="openai")).action == "hold"
    assert judged(rule("release", operation="wujie-drawing")).action == "release"


def test_two_people_are_asked_in_a_direction() -> None:
    judgement = judged(rule("two", two_for="release", due_minutes=30))
    assert judgement.action == "hold"
    assert (judgement.two_for, judgement.due_minutes) == ("release", 30)
    assert judged(rule("two")).two_for == "both"


@pytest.mark.parametrize(
    ("rate", "action"), [(0.74, "release"), (0.75, "hold"), (0.79, "hold")]
)
def test_a_pass_near_a_limit_is_held(rate: float, action: str) -> None:
    limit = rule("hold", label="porn", rate_from=0.8)
    labels = label(rate, "porn", "pass")
    judgement = judged(limit, verdict="pass", labels=labels)
    assert judgement.action == action
    if action == "hold":
        assert judgement.cause == "near_miss"


def test_screening_asks_the_teams_own_rules(alice: User, otto: User) -> None:
    made = RuleSet.objects.create(
        team=factories.team(), version=1, made_by=otto, sample_percent=0
    )
    Rule.objects.create(rule_set=made, position=1, verdict="block", outcome="reject")
    artwork = factories.artwork(alice, moderation="pending", verdict="block")
    carla = factories.user("carla", in_team=factories.team("Elsewhere"))
    other = factories.artwork(carla, moderation="pending", verdict="block")
    decisions.screen_pending(10)
    artwork.refresh_from_db()
    other.refresh_from_db()
    assert (artwork.moderation, other.moderation) == ("rejected", "held")
    assert artwork.decisions.get().reason == "other"
    facts = Entry.objects.get(artwork=artwork).facts
    assert json.loads(facts)["version"] == 1


@pytest.mark.parametrize(("percent", "drawn"), [(100, 3), (0, 0)])
def test_a_sample_of_what_passes_is_looked_at(
    alice: User, otto: User, percent: float, drawn: int
) -> None:
    RuleSet.objects.create(
        team=factories.team(), version=1, made_by=otto, sample_percent=percent
    )
    for _ in range(3):
        factories.artwork(alice, moderation="pending")
    decisions.screen_pending(10)
    assert Artwork.objects.filter(moderation="released").count() == 3
    assert Review.objects.filter(cause="sample").count() == drawn


# --- Replaying


def test_a_simulation_tells_what_would_change(alice: User, mona: User) -> None:
    for rate in (0.1, 0.2, 0.9):
        artwork = factories.artwork(
            alice, moderation="held", verdict="review", labels=label(rate)
        )
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="sexual")
    factories.settle()
    by = rules.TeamRules(0, 1.0, (rule("release", label="sexy", rate_to=0.5),))
    found = rule_simulation.simulate(artwork.team_id, rules.TeamRules(), by)
    assert found.pictures == 3
    assert found.changed == {("hold", "release"): 2}
    assert found.against == 0
    all_of_it = rules.TeamRules(0, 1.0, (rule("release", label="sexy"),))
    assert (
        rule_simulation.simulate(artwork.team_id, rules.TeamRules(), all_of_it).against
        == 1
    )


def test_a_simulation_leaves_out_undone_decisions(alice: User, mona: User) -> None:
    artwork = factories.artwork(
        alice, moderation="held", verdict="review", labels=label(0.1)
    )
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="sexual")
    decisions.undo(review, by=mona)
    by = rules.TeamRules(0, 1.0, (rule("release", label="sexy"),))
    assert rule_simulation.simulate(artwork.team_id, rules.TeamRules(), by).against == 0


# --- The page


def form(version: int = 0, **row: Any) -> dict[str, Any]:
    sent = {"version": version, "sample_percent": 2, "note": "Less to do"}
    sent["control_percent"] = 7
    sent |= {"alike_within": 12, "flagged_words": ""}
    sent |= {"rule-TOTAL_FORMS": 1, "rule-INITIAL_FORMS": 0}
    values = {"outcome": "hold", "rate_from": 0, "rate_to": 1} | row
    return sent | {f"rule-0-{name}": value for name, value in values.items()}


def test_a_team_that_says_nothing_has_the_usual_rates() -> None:
    usual = rules.TeamRules()
    assert (usual.sample_percent, usual.control_percent) == (1.0, 5.0)


def test_only_admins_see_it(signed_in: Any, alice: User, mona: User) -> None:
    for who in (alice, mona):
        assert signed_in(who).get(URL).status_code == 404
        assert signed_in(who).post(URL, form()).status_code == 404


def test_a_preview_writes_nothing(signed_in: Any, alice: User, otto: User) -> None:
    factories.artwork(alice, moderation="held", verdict="review", labels=label(0.2))
    sent = form(label="sexy", outcome="release", rate_to=0.5)
    response = signed_in(otto).post(URL, sent | {"preview": "1"})
    assert response.context["simulation"].changed == {("hold", "release"): 1}
    assert "Save as a new version" in response.text
    assert not RuleSet.objects.exists()


def test_saving_makes_a_version_and_is_logged(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    sent = form(label="porn", verdict="block", outcome="reject") | {"save": "1"}
    assert client.post(URL, sent).status_code == 302
    book = rules.in_force(factories.team().pk)
    assert (book.version, book.sample_percent) == (1, 2.0)
    assert book.control_percent == 7.0
    assert [(row.label, row.outcome) for row in book.rules] == [("porn", "reject")]
    entry = Entry.objects.get()
    assert (entry.kind, entry.by) == ("rules", otto)
    assert json.loads(entry.facts)["rules"][0]["label"] == "porn"
    page = client.get(URL)
    assert page.context["rows"].forms[0].initial["label"] == "porn"
    client.post(URL, form(1, outcome="hold") | {"save": "1"})
    assert rules.in_force(factories.team().pk).version == 2
    assert Rule.objects.count() == 2


def test_words_and_likeness_belong_to_a_version(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    sent = form() | {
        "flagged_words": " knife \r\n\u200b\r\n血\nＫnife\nKNIFE",
        "save": "1",
    }
    assert client.post(URL, sent | {"alike_within": 24}).status_code == 422
    client.post(URL, sent)
    book = rules.in_force(factories.team().pk)
    assert (book.alike_within, book.flagged) == (12, ("knife", "血"))
    facts = json.loads(Entry.objects.get().facts)
    assert (facts["alike_within"], facts["flagged_words"]) == (12, ["knife", "血"])
    assert "knife\n血</textarea>" in client.get(URL).text


def test_a_stale_version_is_not_saved(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    client.post(URL, form() | {"save": "1"})
    response = client.post(URL, form() | {"save": "1"})
    assert response.status_code == 409
    assert "Someone saved another version" in response.text
    assert RuleSet.objects.count() == 1


@pytest.mark.parametrize(
    "row",
    [
        {"rate_from": 0.9, "rate_to": 0.1},
        {"rate_to": 7},
        {"outcome": "burn"},
        {"outcome": "hold", "two_for": "both"},
        {"verdict": "x"},
        {"operation": "x"},
    ],
)
def test_nonsense_is_told_and_kept(
    signed_in: Any, otto: User, row: dict[str, Any]
) -> None:
    response = signed_in(otto).post(URL, form(**row) | {"save": "1"})
    assert response.status_code == 422
    assert "Less to do" in response.text
    assert not RuleSet.objects.exists()


def test_a_row_without_an_outcome_is_left_out(signed_in: Any, otto: User) -> None:
    signed_in(otto).post(URL, form(outcome="") | {"save": "1"})
    assert RuleSet.objects.get().rules.count() == 0
