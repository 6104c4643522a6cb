"""What was decided of pictures that look alike is suggested, and never applied."""

import io
import random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from gallery.models import Entry
from generation import archive
from generation.models import Artwork
from generation.perceptual_hash import distance
from moderation import decisions, review_leases, similar_decisions
from moderation.models import Band, Decision, Likeness, Review, RuleSet
from tests import factories
from tests.generation.test_growth import steps
from tests.generation.test_perceptual_hash import scene

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

BITS = random.Random(7).getrandbits(256)
FREE = {"reserved": 0}


def changed(bits: int, places: Any) -> str:
    for place in places:
        bits ^= 1 << place
    return f"{bits:064x}"


def held(by: User, likeness: str, **fields: Any) -> Artwork:
    fields |= {"generation_fields": FREE} if "generation" not in fields else {}
    return factories.artwork(by, moderation="held", likeness=likeness, **fields)


def decide(artwork: Artwork, by: User, action: str = "reject") -> None:
    row = factories.review(artwork, claimed_by=by)
    reason = "rights" if action == "reject" else ""
    decisions.decide(row, row.claim, action, by=by, reason=reason)
    factories.settle()


@pytest.fixture
def earlier(alice: User, mona: User) -> Artwork:
    made = held(alice, f"{BITS:064x}")
    decide(made, mona)
    return made


def told(artwork: Artwork, within: int = 15) -> list[tuple[int, int]]:
    found = similar_decisions.suggestions(artwork, within)
    return [(each.decision.artwork_id, each.distance) for each in found]


# --- Found


@pytest.mark.slow
def test_whatever_differs_up_to_the_limit_is_found(
    alice: User, earlier: Artwork
) -> None:
    """By pigeonhole: with however many bits, wherever they are."""
    rng = random.Random(1)
    for within in (0, 1, 7, 8, 15, 16, 23):
        for apart in sorted({0, within // 2, within}):
            for _ in range(12):
                places = rng.sample(range(256), apart)
                asked = Artwork(team=earlier.team, likeness=changed(BITS, places))
                assert told(asked, within) == [(earlier.pk, apart)], (within, places)


def test_even_where_every_band_is_hit(alice: User, earlier: Artwork) -> None:
    """The worst case: as many bits as the limit, spread over all bands evenly."""
    for within in (7, 15, 23):
        places = [255 - at for at in range(within)]  # each band in its turn
        asked = Artwork(team=earlier.team, likeness=changed(BITS, places))
        assert told(asked, within) == [(earlier.pk, within)]


def test_one_bit_more_is_too_far(alice: User, earlier: Artwork) -> None:
    for within in (0, 7, 15, 23):
        asked = Artwork(
            team=earlier.team, likeness=changed(BITS, range(0, 2 * within + 2, 2))
        )
        assert told(asked, within) == []


def test_the_nearest_are_told_first_and_few(alice: User, mona: User) -> None:
    made = [held(alice, changed(BITS, range(number))) for number in (6, 2, 4, 0, 8)]
    for each in made:
        decide(each, mona, "release")
    asked = Artwork(team=made[0].team, likeness=f"{BITS:064x}")
    assert told(asked) == [(made[3].pk, 0), (made[1].pk, 2), (made[2].pk, 4)]


def test_of_one_look_the_last_decision_counts(
    alice: User, earlier: Artwork, mona: User
) -> None:
    later = held(alice, earlier.likeness, sha256="0" * 64)
    decide(later, mona, "release")
    found = similar_decisions.suggestions(held(alice, changed(BITS, [3])), 15)
    assert [(one.decision.action, one.distance) for one in found] == [("release", 1)]
    assert (Likeness.objects.count(), Band.objects.count()) == (1, 8)


def test_two_of_one_look_may_settle_together(alice: User, mona: User) -> None:
    for sha256 in ("0" * 64, "1" * 64):
        row = factories.review(held(alice, f"{BITS:064x}", sha256=sha256), mona)
        decisions.decide(row, row.claim, "release", by=mona)
    factories.settle()
    assert (Likeness.objects.count(), Band.objects.count()) == (1, 8)


def test_what_is_looked_at_again_is_no_suggestion(
    alice: User, earlier: Artwork, mona: User
) -> None:
    later = held(alice, earlier.likeness, sha256="0" * 64)
    decide(later, mona, "release")
    later.refresh_from_db()
    decisions.reopen(later, by=mona, reason="A mistake")
    assert told(held(alice, changed(BITS, [9]))) == []


def test_what_was_taken_down_is_one(alice: User, mona: User) -> None:
    made = factories.artwork(alice, likeness=f"{BITS:064x}")
    decisions.take_down(made, by=mona, reason="rights")
    found = similar_decisions.suggestions(held(alice, changed(BITS, [9])), 15)
    assert [one.decision.action for one in found] == ["reject"]


def test_a_picture_suggests_nothing_for_itself(earlier: Artwork) -> None:
    assert told(earlier) == []


def test_a_control_item_is_not_remembered(alice: User, mona: User) -> None:
    made = factories.artwork(alice, likeness=f"{BITS:064x}")
    row = Review.objects.create(
        artwork=made,
        team=made.team,
        requested_by=alice,
        cause="control",
        expected="release",
        due_at=made.created_at,
    )
    assert review_leases.take(row, mona)
    decisions.decide(row, row.claim, "reject", by=mona, reason="other")
    factories.settle()
    assert not Likeness.objects.exists()


def test_other_teams_decisions_are_theirs(earlier: Artwork) -> None:
    carla = factories.user("carla", in_team=factories.team("Elsewhere"))
    assert told(held(carla, earlier.likeness)) == []


def test_a_picture_without_features_asks_nothing(
    alice: User, django_assert_num_queries: Any
) -> None:
    artwork = held(alice, "")
    with django_assert_num_queries(0):
        assert similar_decisions.suggestions(artwork, 15) == []


# --- Its cost


def fill(artwork: Artwork, number: int) -> None:
    rng = random.Random(number)
    rows = Likeness.objects.bulk_create(
        Likeness(
            team=artwork.team, artwork=artwork, bits=f"{rng.getrandbits(256):064x}"
        )
        for _ in range(number)
    )
    Band.objects.bulk_create(
        Band(team=artwork.team, key=key, likeness=row)
        for row in rows
        for key in similar_decisions.keys(row.bits)
    )


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="Only SQLite counts steps")
def test_it_costs_the_same_after_years(alice: User, earlier: Artwork) -> None:
    asked = held(alice, changed(BITS, [1, 2, 3]))
    fill(earlier, 200)
    young = steps(lambda: told(asked))
    fill(earlier, 6000)
    old = steps(lambda: told(asked))
    assert told(asked) == [(earlier.pk, 3)]
    assert old < 1.2 * young, (young, old)


@pytest.mark.slow
def test_it_reads_an_index_and_never_the_table(alice: User, earlier: Artwork) -> None:
    """On both databases, and with statistics of many rows."""
    fill(earlier, 6000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    asked = held(alice, changed(BITS, [1, 2, 3]))
    with CaptureQueriesContext(connection) as seen:
        assert told(asked) == [(earlier.pk, 3)]
    assert len(seen) == 3
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows it may well read whole; what counts is that it need not.
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(explain + seen[0]["sql"])
        plan = "\n".join(str(row) for row in cursor.fetchall())
    index = {
        "sqlite": "SEARCH moderation_band USING COVERING INDEX",
        "postgresql": "one_band_of_a_likeness",
    }
    assert index[connection.vendor] in plan
    assert "Seq Scan" not in plan
    assert "SCAN " not in plan


def test_eight_keys_a_picture() -> None:
    found = list(similar_decisions.keys(f"{BITS:064x}"))
    assert len(set(found)) == 8
    assert len(set(similar_decisions.keys(f"{BITS:064x}", radius=1))) == 8 * 33
    assert len(set(similar_decisions.keys(f"{BITS:064x}", radius=2))) == 8 * 529


# --- Told, and nothing done


def test_a_near_picture_waits_all_the_same(
    signed_in: Any, alice: User, earlier: Artwork, mona: User
) -> None:
    near = factories.artwork(
        alice, moderation="pending", verdict="review", likeness=changed(BITS, [5, 77])
    )
    decisions.screen_pending(10)
    near.refresh_from_db()
    assert near.moderation == "held"
    client = signed_in(mona)
    text = client.get(reverse("moderation:review", args=[near.pk])).text
    part = text[text.index('id="alike"') :]
    part = part[: part.index("</section>")]
    for fact in ("rejected", "Someone else&#x27;s rights", "mona", "2 bits of 256"):
        assert fact in part
    assert reverse("moderation:review", args=[earlier.pk]) in part
    assert reverse("moderation:cover", args=[earlier.pk]) in part
    assert reverse("moderation:picture", args=[earlier.pk]) not in text
    assert not Decision.objects.filter(artwork=near, action="reject").exists()


def test_the_teams_limit_counts(
    signed_in: Any, alice: User, earlier: Artwork, mona: User, otto: User
) -> None:
    near = held(alice, changed(BITS, [5, 77]))
    RuleSet.objects.create(team=near.team, version=1, made_by=otto, alike_within=1)
    page = signed_in(mona).get(reverse("moderation:review", args=[near.pk]))
    assert page.context["suggestions"] == []


# --- A sheet


def test_look_alikes_stand_together_by_way_of_others() -> None:
    def row(pk: int, generation: int, bits: str) -> Review:
        return Review(
            pk=pk, artwork=Artwork(pk=pk, generation_id=generation, likeness=bits)
        )

    far = random.Random(8).getrandbits(256)
    rows = [
        row(1, 1, changed(BITS, [])),
        row(2, 2, changed(far, [])),
        row(3, 3, ""),
        row(4, 4, changed(BITS, range(20))),
        row(5, 3, ""),
        row(6, 6, changed(BITS, range(10))),  # near to 1 and to 4
        row(7, 7, ""),
    ]
    groups = similar_decisions.grouped(rows, 15)
    assert [[each.pk for each in group] for group in groups] == [
        [1, 4, 6],
        [2],
        [3, 5],
        [7],
    ]
    assert len(similar_decisions.grouped(rows, 9)) == 6


def test_a_sheet_says_what_looks_alike(signed_in: Any, alice: User, mona: User) -> None:
    first = held(alice, f"{BITS:064x}")
    other = held(alice, "")
    twin = held(alice, changed(BITS, [4]))
    response = signed_in(mona).get(reverse("moderation:sheet"))
    keys = [[row.artwork_id for row in group] for group in response.context["groups"]]
    assert keys == [[first.pk, twin.pk], [other.pk]]
    assert response.text.count("similar") == 1


# --- Stored before there were likenesses


def stored_scene() -> archive.Stored:
    out = io.BytesIO()
    scene(3, 640).save(out, "PNG")
    return archive.store(out.getvalue())


def test_a_command_catches_up_and_may_be_repeated(alice: User, mona: User) -> None:
    stored = stored_scene()
    old, new, lost = (held(alice, "") for _ in range(3))
    Artwork.objects.exclude(pk=lost.pk).update(sha256=stored.sha256)
    Artwork.objects.filter(pk=lost.pk).update(sha256="0" * 64)
    for artwork in (old, lost):
        decide(artwork, mona)
    assert not Likeness.objects.exists()
    for _ in range(2):
        call_command("likenesses")
        old.refresh_from_db()
        assert distance(old.likeness, stored.likeness) <= 8
        assert Likeness.objects.get().artwork == old
        assert Band.objects.count() == similar_decisions.BANDS
    new.refresh_from_db()
    assert told(new) == [(old.pk, 0)]
    assert Artwork.objects.get(pk=lost.pk).likeness == ""


def test_it_puts_nothing_older_in_the_place_of_what_was_decided_since(
    alice: User, mona: User
) -> None:
    stored = stored_scene()
    old = held(alice, "")
    Artwork.objects.update(sha256=stored.sha256)
    decide(old, mona)
    newer = held(alice, archive.hash_of_stored(stored.sha256))
    decide(newer, mona, "release")
    call_command("likenesses")
    assert Likeness.objects.get().artwork == newer


def test_the_gallery_finds_what_was_hashed_later(alice: User) -> None:
    stored = stored_scene()
    factories.artwork(alice)
    Artwork.objects.update(sha256=stored.sha256, likeness="")
    call_command("likenesses")
    assert " ~k" in Entry.objects.get().facets
