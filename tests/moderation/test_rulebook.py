"""A team's rules: judgements, simulation, versions."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Membership, User
from generation.models import Artwork
from log.models import Entry
from moderation import decisions, rule_simulation, rule_versions, rules, tallies
from moderation.models import Review, Rule, RuleSet, Tally
from moderation.presenters import rule_sentences
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


@pytest.mark.parametrize(
    ("name", "reason"),
    [("sexy", "sexual"), ("terrorism", "violence"), ("new", "other")],
)
def test_a_rejection_by_rule_has_the_reason_of_its_label(
    alice: User, otto: User, name: str, reason: str
) -> None:
    made = RuleSet.objects.create(team=factories.team(), version=1, made_by=otto)
    Rule.objects.create(rule_set=made, position=1, verdict="block", outcome="reject")
    labels = [*label(0.9, name, "block"), *label(0.95, "porn", "review")]
    artwork = factories.artwork(
        alice, moderation="pending", verdict="block", labels=labels
    )
    decisions.screen_pending(10)
    assert artwork.decisions.get().reason == reason


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


def test_who_moderates_reads_it_and_admins_alone_change_it(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    sent = form(label="porn", rate_from=0.6, outcome="reject") | {"save": "1"}
    signed_in(otto).post(URL, sent)
    assert signed_in(alice).get(URL).status_code == 404
    page = signed_in(mona).get(URL)
    assert "If label is Pornography and rate ≥ 0.6, then reject" in page.text
    assert "<dd>7 %</dd>" in page.text
    assert "Less to do" in page.text
    assert 'name="save"' not in page.text
    assert 'name="take_back"' not in page.text
    for who in (alice, mona):
        for press in ("save", "preview", "take_back"):
            answer = signed_in(who).post(URL, form(1) | {press: "1"})
            assert answer.status_code == 404
    assert RuleSet.objects.count() == 1


def test_a_moderator_of_another_team_reads_the_rules_of_that(
    signed_in: Any, alice: User, bob: User, otto: User
) -> None:
    signed_in(otto).post(URL, form(label="porn") | {"save": "1"})
    here, there = (who.memberships.get().team for who in (alice, bob))
    Membership.objects.create(user=otto, team=there, role="moderator")
    client = signed_in(otto)
    page = client.get(URL, {"team": there.pk})
    assert not page.context["is_editable"]
    assert page.context["versions"] == []
    answer = client.post(f"{URL}?team={there.pk}", form() | {"save": "1"})
    assert answer.status_code == 404
    assert client.get(URL, {"team": here.pk}).context["is_editable"]
    assert signed_in(bob).get(URL, {"team": here.pk}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"label": "porn", "rate_from": 0.6, "outcome": "two", "due_minutes": 30},
            "If label is Pornography and rate ≥ 0.6, then two people decide"
            " · due in 30 minutes",
        ),
        (
            {"verdict": "block", "outcome": "two", "two_for": "release"},
            "If the gateway suggests block, then two people to approve",
        ),
        (
            {"rate_to": 0.2, "outcome": "release", "due_minutes": 120},
            "If rate ≤ 0.2, then approve · due in 2 hours",
        ),
        (
            {"label": "new", "rate_from": 0.1, "rate_to": 0.5, "outcome": "hold"},
            "If label is new and rate is from 0.1 to 0.5, then send to review",
        ),
        (
            {"operation": "gone", "outcome": "reject"},
            "If operation is gone, then reject",
        ),
        ({"outcome": "hold"}, "If nothing else fits, then send to review"),
    ],
)
def test_a_rule_is_a_sentence(fields: dict[str, Any], said: str) -> None:
    with translation.override("en"):
        assert rule_sentences.sentence(Rule(position=1, **fields)) == said


def test_labels_are_chosen_from_what_the_audits_had(
    signed_in: Any, alice: User, otto: User
) -> None:
    team, hour = factories.team(), tallies.hour_of(timezone.now())
    for label_name in ("minors", "porn"):
        Tally.objects.create(team=team, hour=hour, label=label_name)
    chosen = dict(rule_sentences.label_choices(team.pk))
    assert {"minors", "porn", "sexy"} <= chosen.keys()
    client = signed_in(otto)
    assert client.post(URL, form(label="minors") | {"save": "1"}).status_code == 302
    Tally.objects.all().delete()
    page = client.get(URL)  # what a rule has stays in the list
    assert '<option value="minors" selected>minors</option>' in page.text


def test_a_version_shows_what_it_changed(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    client.post(URL, form(label="porn", outcome="reject") | {"save": "1"})
    client.post(URL, form(1, label="sexy") | {"sample_percent": 5, "save": "1"})
    newest, first = client.get(URL).context["versions"]
    assert [row.label for row in newest.difference.added] == ["sexy"]
    assert [row.label for row in newest.difference.removed] == ["porn"]
    assert newest.difference.settings == [("sample_percent", 2.0, 5.0)]
    assert [row.label for row in first.difference.added] == ["porn"]
    text = client.get(URL).text
    assert "Sample of passed pictures: 2 % → 5 %" in text


def test_an_order_that_changed_is_a_change() -> None:
    first, second = rule("hold", label="sexy"), rule("reject", label="porn")
    before, after = (
        rules.TeamRules(rules=rows) for rows in ((first, second), (second, first))
    )
    found = rule_versions.difference(before, after)
    assert (found.added, found.removed, found.is_order_changed) == ([], [], True)
    assert not rule_versions.difference(before, before).is_order_changed


def test_a_preview_says_what_is_added_and_removed(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    client.post(URL, form(label="porn", outcome="reject") | {"save": "1"})
    page = client.post(URL, form(1, label="sexy") | {"preview": "1"})
    assert [row.label for row in page.context["difference"].removed] == ["porn"]
    assert RuleSet.objects.count() == 1


def test_a_version_is_taken_back_by_a_new_one(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    sent = form(label="porn", outcome="two", two_for="both", due_minutes=30)
    client.post(URL, sent | {"flagged_words": "knife", "save": "1"})
    client.post(URL, form(1, outcome="hold") | {"save": "1"})
    stale = client.post(URL, {"take_back": "1", "version": "1"}, follow=True)
    assert "Nothing was changed" in stale.text
    client.post(URL, {"take_back": "1", "version": "2"})
    team = factories.team()
    book, first = rules.in_force(team.pk), RuleSet.objects.get(team=team, version=1)
    assert book.version == 3
    difference = rule_versions.difference(rules.of_version(first), book)
    assert difference == rule_versions.Difference([], [], [], is_order_changed=False)
    assert first.rules.count() == 1
    assert RuleSet.objects.get(version=3).note == "As version 1"
    assert Entry.objects.filter(kind="rules").count() == 3
    for version in ("9", "x", ""):
        answer = client.post(URL, {"take_back": version, "version": "3"})
        assert answer.status_code == 404


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
        {"label": "typed"},
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
