"""What the rules make of an audit: only a pass that nothing contradicts is released."""

from typing import Any

import pytest

from generation.models import Artwork
from moderation import rules
from moderation.models import Decision

RELEASE, HOLD = Decision.Action.RELEASE, Decision.Action.HOLD


def artwork(**fields: Any) -> Artwork:
    """Not saved: a rule looks at the row's fields alone."""
    return Artwork(**{"verdict": "pass", "labels": []} | fields)


def label(name: str, verdict: Any, rate: float | None = 0.9) -> dict[str, Any]:
    return {
        "label": name,
        "description": "",
        "scene": "PORN",
        "verdict": verdict,
        "rate": rate,
    }


def grounds(**fields: Any) -> tuple[str, ...]:
    judgement = rules.judge(artwork(**fields))
    assert judgement.action == HOLD
    return judgement.grounds


def test_a_clear_pass_is_released() -> None:
    clear = artwork(labels=[label("politics", "pass"), label("porn", "pass")])
    judgement = rules.judge(clear)
    assert judgement == rules.Judgement(RELEASE, ("verdict:pass",))


def test_a_pass_without_labels_is_released() -> None:
    assert rules.judge(artwork()).action == RELEASE


@pytest.mark.parametrize(
    ("verdict", "ground"),
    [
        ("review", "verdict:review"),
        ("block", "verdict:block"),
        ("missing", "no_audit"),
        ("", "no_audit"),
        ("PASS", "no_audit"),
        ("something new", "no_audit"),
    ],
)
def test_any_other_verdict_holds(verdict: str, ground: str) -> None:
    assert grounds(verdict=verdict) == (ground,)


def test_a_new_row_is_held_until_an_audit_says_pass() -> None:
    assert rules.judge(Artwork()).action == HOLD


def test_a_failed_check_holds_a_pass() -> None:
    assert grounds(is_check_failed=True) == ("check_failed",)


def test_an_offending_picture_holds_a_pass() -> None:
    assert grounds(is_offending=True) == ("offending",)


def test_porn_with_review_is_named() -> None:
    against = grounds(verdict="review", labels=[label("porn", "review")])
    assert against == ("verdict:review", "label:porn:review")


@pytest.mark.parametrize("verdict", ["review", "block", "missing", "Pass", ""])
def test_one_label_outweighs_a_pass_total(verdict: str) -> None:
    labels = [label("politics", "pass"), label("sexy", verdict)]
    assert grounds(labels=labels) == (f"label:sexy:{verdict}",)


@pytest.mark.parametrize(
    "labels",
    [None, {}, "[]", 7, ["porn"], [None], [{}], [{"verdict": None}], [{"verdict": 1}]],
)
def test_unreadable_labels_hold_a_pass(labels: Any) -> None:
    assert grounds(labels=labels) == ("unreadable",)


def test_a_label_without_a_name_still_counts() -> None:
    assert grounds(labels=[{"verdict": "block"}]) == ("label:unknown:block",)


def test_everything_against_it_is_told() -> None:
    against = grounds(
        verdict="block",
        is_check_failed=True,
        is_offending=True,
        labels=[label("porn", "block"), label("sexy", "review"), label("x", "pass")],
    )
    assert against == (
        "verdict:block",
        "check_failed",
        "offending",
        "label:porn:block",
        "label:sexy:review",
    )
