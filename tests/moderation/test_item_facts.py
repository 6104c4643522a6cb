"""The facts beside a picture: labels, limits, words, what came along with it."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from accounts.models import User
from generation import uploads
from generation.models import Artwork, Upload
from log.models import Entry
from moderation import decisions
from moderation.models import Reveal, Rule, RuleSet
from moderation.presenters import item_facts
from moderation.templatetags.review import found_in, marked
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LABELS = [{"label": "porn", "verdict": "review", "rate": 0.71, "description": "色情"}]


def url(artwork: Artwork, name: str = "review", *more: int) -> str:
    return reverse(f"moderation:{name}", args=[artwork.pk, *more])


def held(by: User, prompt: str = "A quiet harbour", **parameters: Any) -> Artwork:
    fields = {"reserved": 0, "prompt": prompt}
    fields["parameters"] = factories.PARAMETERS["wujie"] | parameters
    return factories.artwork(
        by,
        moderation="held",
        verdict="review",
        labels=LABELS,
        generation_fields=fields,
    )


@pytest.fixture
def rulebook(otto: User) -> RuleSet:
    made = RuleSet.objects.create(
        team=factories.team(),
        version=1,
        made_by=otto,
        flagged_words="knife\n血\n<b>",
    )
    rows = [
        {"label": "porn", "rate_to": 0.6, "outcome": "release"},
        {"label": "porn", "rate_from": 0.8, "outcome": "reject"},
        {"label": "sexy", "rate_from": 0.33, "outcome": "hold"},
        {"operation": "openai-image", "rate_from": 0.44, "outcome": "hold"},
    ]
    for position, row in enumerate(rows, 1):
        Rule.objects.create(rule_set=made, position=position, **row)
    return made


def test_who_audits_nothing_is_told_apart(
    signed_in: Any, alice: User, mona: User
) -> None:
    words = "Not audited by the gateway; nobody checked it yet."
    audited = factories.artwork(alice, moderation="held", verdict="missing")
    never = factories.artwork(
        alice,
        moderation="held",
        verdict="missing",
        generation_fields={"provider": "jumdata", "reserved": 0},
    )
    client = signed_in(mona)
    for artwork, is_said in ((audited, False), (never, True)):
        page = client.get(reverse("moderation:review", args=[artwork.pk]))
        assert (words in page.text) == is_said
        assert ("not audited" in page.text) == is_said
    for path in (reverse("moderation:queue"), reverse("moderation:sheet")):
        text = client.get(path).text
        assert (text.count(words), text.count("not audited")) == (1, 1)


def test_the_authors_latest_pictures_are_shown_covered(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice, moderation="held")
    others = factories.artwork(mona, generation_fields={"prompt": "Another"})
    released, rejected = (
        factories.artwork(alice, moderation=state) for state in ("released", "rejected")
    )
    page = signed_in(mona).get(reverse("moderation:review", args=[artwork.pk]))
    assert page.context["latest"] == [rejected, released]
    for each in (released, rejected):
        assert reverse("moderation:cover", args=[each.pk]) in page.text
        assert reverse("generation:thumbnail", args=[each.pk]) not in page.text
    assert reverse("moderation:cover", args=[others.pk]) not in page.text


# --- Labels and limits


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_label_has_its_name_in_both_languages(
    signed_in: Any, alice: User, mona: User, language: str
) -> None:
    client = signed_in(mona)
    client.cookies["django_language"] = language
    text = client.get(url(held(alice)), headers={"Accept-Language": language}).text
    part = text[text.index('id="verdict"') :]
    part = part[: part.index("</section>")]
    assert "Pornography" in part
    assert part.count("色情") == 1  # ours, and not the gateway's once more


def test_the_rules_that_speak_of_it_are_limits(
    signed_in: Any, alice: User, mona: User, rulebook: RuleSet
) -> None:
    text = signed_in(mona).get(url(held(alice))).text
    assert text.count('class="limit"') == 2
    assert 'd="M60.0 0v10"' in text
    assert 'd="M80.0 0v10"' in text
    assert 'width="71.0"' in text
    for other in ("M33.0", "M44.0"):
        assert other not in text


# --- Words


def test_flagged_words_are_marked_in_all_prompts(
    signed_in: Any, alice: User, mona: User, rulebook: RuleSet
) -> None:
    artwork = held(alice, "A Knife, penknife, 流血", negative_prompt="no knife here")
    artwork.task.model_prompt = "a knife and more"
    artwork.task.save()
    text = signed_in(mona).get(url(artwork)).text
    assert "A <mark>Knife</mark>, penknife, 流<mark>血</mark>" in text
    assert "no <mark>knife</mark> here" in text
    assert "a <mark>knife</mark> and more" in text
    assert text.count("no <mark>knife</mark> here") == 1


def test_marking_escapes_what_people_wrote() -> None:
    words = ("<b>", "a.c")
    assert marked("<b> & <i> abc a.c", words) == (
        "<mark>&lt;b&gt;</mark> &amp; &lt;i&gt; abc <mark>a.c</mark>"
    )
    assert found_in(words, "A.C a.c <b>") == ["A.C", "a.c", "<b>"]


SPELLINGS = {
    "nude": ("ｎｕｄｅ", "nu\u200bde", "nu\u00adde", "NUDE", "𝐍𝐮𝐝𝐞"),
    "裸体": ("裸 体", "裸\u200b体", "裸體", "裸_体", "裸\n體"),
    "裸體": ("裸体",),
    "naked woman": ("naked  woman", "naked\nwoman", "naked_woman", "Naked\u00a0Woman"),
    "naked_woman": ("NAKED WOMAN",),
    "café": ("cafe\u0301", "CAFÉ"),
    "Голая": ("ГОЛАЯ",),
    "straße": ("STRASSE",),
}


@pytest.mark.parametrize(
    ("word", "text"), [(word, one) for word, all_ in SPELLINGS.items() for one in all_]
)
def test_a_flagged_word_is_marked_however_it_is_spelled(word: str, text: str) -> None:
    """Beside other words, marks, underscores, digits and other scripts."""
    for around in (
        "{}",
        "a {}, b",
        "，{}。",
        "x_{}_x",
        "2{}2",
        "猫{}猫",
        "\u200b{}\u200b",
    ):
        shown = marked(around.format(text), (word,))
        assert shown == around.format(f"<mark>{text}</mark>")
    assert found_in((word,), f"a {text}") == [text]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(
            ("nude", "denuded"),
            ("nude", "nudes"),
            ("nude", "ｎｕｄｅｓ"),
            ("nude", "nudé"),
        ),
        *(("раб", "работа"), ("sd1", "sd15"), ("café", "cafe"), ("\u200b", "a b")),
    ],
)
def test_a_longer_word_is_not_marked(word: str, text: str) -> None:
    assert marked(text, (word,)) == text


def test_words_that_overlap_are_one_mark() -> None:
    words = ("red cat", "cat hat", "cat")
    assert marked("red  CAT_hat cat", words) == (
        "<mark>red  CAT_hat</mark> <mark>cat</mark>"
    )


def test_the_longest_word_is_marked() -> None:
    assert marked("枪手", ("枪", "枪手")) == "<mark>枪手</mark>"


def test_without_a_list_nothing_is_marked(
    signed_in: Any, alice: User, mona: User
) -> None:
    assert "<mark>" not in signed_in(mona).get(url(held(alice, "A knife"))).text


# --- The same words before


def test_what_was_decided_of_the_same_words_is_told(
    signed_in: Any, alice: User, mona: User
) -> None:
    """Also where a colleague asked for them."""
    carla = factories.user("carla")
    before = held(carla)
    row = factories.review(before, claimed_by=mona)
    decisions.decide(row, row.claim, "reject", by=mona, reason="quality")
    factories.settle()
    text = signed_in(mona).get(url(held(alice))).text
    part = text[text.index('class="siblings"') :]
    part = part[: part.index("</ul>")]
    assert "Broken or unusable picture" in part
    assert "mona" in part
    assert url(before) in part


# --- What its author brought along


@pytest.fixture
def upload(alice: User) -> Upload:
    file = ContentFile(factories.picture_bytes((9, 99, 199), (128, 96)))
    return uploads.take(file, by=alice, team=factories.team())


def brought(by: User, *of: Upload) -> Artwork:
    values = [{"token": each.token, "extension": each.extension} for each in of]
    return held(by, reference=values)


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_reference_is_covered_until_it_is_revealed(
    signed_in: Any, alice: User, mona: User, upload: Upload
) -> None:
    client, artwork = signed_in(mona), brought(alice, upload)
    page = client.get(url(artwork)).text
    assert url(artwork, "reference_cover", upload.pk) in page
    assert url(artwork, "reference", upload.pk) not in page
    assert upload.token not in page
    cover = client.get(url(artwork, "reference_cover", upload.pk))
    assert cover["Content-Type"] == "image/webp"
    assert client.get(url(artwork, "reference", upload.pk)).status_code == 404
    part = client.post(url(artwork, "reveal_reference", upload.pk), headers=HTMX).text
    assert part.strip().startswith(
        f'<figure class="reference" id="reference-{upload.pk}'
    )
    clear = client.get(url(artwork, "reference", upload.pk))
    assert "no-store" in clear["Cache-Control"]
    with uploads.open_thumbnail(upload) as file:
        assert body(clear) == file.read() != cover.content


def test_one_look_opens_one_picture_only(
    signed_in: Any, alice: User, mona: User, otto: User, upload: Upload
) -> None:
    artwork = brought(alice, upload)
    client = signed_in(mona)
    client.post(url(artwork, "reveal_reference", upload.pk))
    assert client.get(url(artwork, "picture")).status_code == 404
    other = brought(alice, upload)
    assert client.get(url(other, "reference", upload.pk)).status_code == 404
    client = signed_in(otto)
    client.post(url(artwork, "reveal"))
    assert client.get(url(artwork, "reference", upload.pk)).status_code == 404


def test_a_look_at_it_is_counted_and_logged(
    signed_in: Any, alice: User, mona: User, upload: Upload
) -> None:
    artwork = brought(alice, upload)
    response = signed_in(mona).post(
        url(artwork, "reveal_reference", upload.pk), follow=True
    )
    assert url(artwork, "reference", upload.pk) in response.text
    assert url(artwork, "picture") not in response.text
    assert Reveal.objects.get().reference == upload.sha256
    assert upload.sha256 in Entry.objects.get(kind="reveal").facts


def test_an_address_alone_reveals_nothing(
    signed_in: Any, alice: User, mona: User, upload: Upload
) -> None:
    artwork = brought(alice, upload)
    page = signed_in(mona).get(f"{url(artwork)}?reference={upload.pk}&revealed=1").text
    assert url(artwork, "reference", upload.pk) not in page


@pytest.mark.parametrize("name", ["reference_cover", "reference"])
def test_others_get_404(
    signed_in: Any, alice: User, bob: User, mona: User, upload: Upload, name: str
) -> None:
    artwork, another = brought(alice, upload), held(alice)
    for who in (alice, bob):
        assert signed_in(who).get(url(artwork, name, upload.pk)).status_code == 404
        sent = signed_in(who).post(url(artwork, "reveal_reference", upload.pk))
        assert sent.status_code == 404
    assert signed_in(mona).get(url(another, name, upload.pk)).status_code == 404
    assert signed_in(mona).post(url(artwork, name, upload.pk)).status_code == 405


def test_what_is_gone_is_said(
    signed_in: Any, alice: User, mona: User, upload: Upload
) -> None:
    artwork = brought(alice, upload)
    default_storage.delete(uploads.thumbnail_name(upload.sha256))
    client = signed_in(mona)
    for name in ("reference_cover", "reference"):
        assert client.get(url(artwork, name, upload.pk)).status_code == 404
    upload.delete()
    assert "1 picture is not kept any more." in client.get(url(artwork)).text


# --- The cost of a page


def test_the_facts_cost_the_same_for_many(
    signed_in: Any,
    alice: User,
    mona: User,
    upload: Upload,
    rulebook: RuleSet,
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in(mona)

    def decided(number: int) -> None:
        for _ in range(number):
            row = factories.review(brought(alice, upload), claimed_by=mona)
            Artwork.objects.filter(pk=row.artwork_id).update(likeness=f"{row.pk:064x}")
            decisions.decide(row, row.claim, "release", by=mona)
        factories.settle()

    decided(2)
    artwork = brought(alice, upload)
    Artwork.objects.filter(pk=artwork.pk).update(likeness=f"{1:064x}")
    client.get(url(artwork))
    with django_assert_max_num_queries(45) as few:
        text = client.get(url(artwork)).text
    assert "Similar pictures decided before" in text
    decided(4)
    with django_assert_max_num_queries(len(few)):
        client.get(url(artwork))


# --- How often people overturned it


def test_a_rare_rate_is_sought_among_the_latest_only(
    alice: User, mona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rate in (0.71, 0.2, 0.3):
        labels = [{"label": "porn", "verdict": "review", "rate": rate}]
        artwork = factories.artwork(
            alice, moderation="held", verdict="review", labels=labels
        )
        review = factories.review(artwork, claimed_by=mona)
        decisions.decide(review, review.claim, "release", by=mona)
        factories.settle()
    waiting = factories.review(held(alice))
    found = item_facts.overturned(waiting, "review")
    assert found is not None
    assert (found["released"], found["of"]) == (1, 1)
    monkeypatch.setattr(item_facts, "LOOK_BACK_FOR_RATE", 2)
    assert item_facts.overturned(waiting, "review") is None


def test_what_passed_says_nothing_of_what_was_blocked(alice: User, mona: User) -> None:
    """A gateway is as sure of its pass as of its block: 0.99 of the same label."""

    def decided(verdict: str, action: str) -> None:
        labels = [{"label": "porn", "verdict": verdict, "rate": 0.99}]
        artwork = factories.artwork(
            alice, moderation="held", verdict=verdict, labels=labels
        )
        review = factories.review(artwork, claimed_by=mona)
        decisions.decide(review, review.claim, action, by=mona, reason="sexual")
        factories.settle()

    for _ in range(3):
        decided("pass", "release")
    decided("block", "reject")
    labels = [{"label": "porn", "verdict": "block", "rate": 0.98}]
    artwork = factories.artwork(
        alice, moderation="held", verdict="block", labels=labels
    )
    found = item_facts.overturned(factories.review(artwork), "block")
    assert found is not None
    assert (found["released"], found["of"]) == (0, 1)
