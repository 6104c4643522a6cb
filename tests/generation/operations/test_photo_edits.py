"""Face swap, youthify and enlarge: one picture in, one out (contract §7.10 f.)."""

from urllib.parse import urlsplit

import pytest

from gateways.providers.base import Family, State
from gateways.providers.wujie.answers import update
from generation.operations import OPERATIONS
from tests.generation.operations.conftest import TYPED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
FIELDS = {
    "wujie-face-swap": ["face", "face_template"],
    "wujie-youthify": ["photo"],
    "wujie-supersize": ["small_picture"],
}
MORE = {"wujie-supersize": {"multiple": "1.5", "supersize_type": "ANIME"}}


@pytest.fixture
def typed(brought):
    def of(slug):
        return {name: brought().token for name in FIELDS[slug]} | MORE.get(slug, {})

    return of


@pytest.mark.parametrize("slug", FIELDS)
def test_from_the_form_to_an_archived_picture(
    slug, typed, reached, asks, archived, sandbox
):
    generation = archived(asks(slug, **typed(slug)))
    (task,) = generation.tasks.all()
    assert (task.cost, task.is_booked) == (4, True)
    # It was really fetched, each picture once.
    assert sandbox.state()["requests"]["picture.fetched"] == len(FIELDS[slug])


def test_the_enlarged_picture_is_larger(typed, reached, asks, archived, sandbox):
    sandbox.switch(picture_max_side=4096)
    generation = archived(asks("wujie-supersize", **typed("wujie-supersize")))
    artwork = generation.artworks.get()
    assert (artwork.width, artwork.height) == (144, 144)
    # No audit comes with it, so a person has to look.
    assert artwork.verdict == "missing"


@pytest.mark.parametrize("slug", ["wujie-face-swap", "wujie-youthify"])
def test_what_is_changed_may_be_enlarged(slug, typed, reached, asks, archived, sandbox):
    sandbox.switch(picture_max_side=4096)
    artwork = archived(asks(slug, **typed(slug), supersize="1.5")).artworks.get()
    assert (artwork.width, artwork.height) == (144, 144)


@pytest.mark.parametrize("slug", ["wujie-face-swap", "wujie-youthify"])
@pytest.mark.parametrize("times", ["0.9", "4.1", "x"])
def test_it_is_enlarged_four_times_at_most(slug, times, typed, refusal):
    assert list(refusal(slug, **typed(slug), supersize=times)) == ["supersize"]


@pytest.mark.parametrize(
    ("slug", "name", "times"),
    [
        ("wujie-face-swap", "supersize", "4"),
        ("wujie-youthify", "supersize", "2.1"),
        ("wujie-supersize", "multiple", "3"),
    ],
)
def test_no_result_is_paid_that_the_archive_refuses(
    slug, name, times, typed, refusal, settings
):
    """The picture has 96 × 96 pixels."""
    settings.RESULT_MAX_PIXELS = 4 * 96 * 96
    assert list(refusal(slug, **typed(slug) | {name: times})) == [name]


@pytest.mark.parametrize("slug", FIELDS)
def test_a_picture_is_needed(slug, refusal):
    assert list(refusal(slug, **MORE.get(slug, {}))) == FIELDS[slug]


@pytest.mark.parametrize("slug", FIELDS)
def test_one_the_gateway_cannot_fetch_is_refused(slug, typed, settings, asks, reaches):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    generation = asks(slug, **typed(slug))
    reaches(generation, "refused")
    assert generation.failure_code == "20110002"


@pytest.mark.parametrize(
    ("slug", "endpoint"),
    [
        ("wujie-face-swap", "wujie.face_swap"),
        ("wujie-youthify", "wujie.youthify"),
        ("wujie-supersize", "wujie.supersize"),
    ],
)
@pytest.mark.parametrize("code", ["20110003", "20110018", "20110019", "20110020"])
def test_what_the_gateway_refuses_is_told_in_the_members_words(
    slug, endpoint, code, typed, reached, asks, reaches, sandbox, member
):
    rule = {"kind": "code", "code": code, "message": "拒绝"}
    sandbox.switch(faults={endpoint: rule})
    generation = asks(slug, **typed(slug))
    reaches(generation, "refused")
    page = member.get(f"/generations/{generation.pk}/").content.decode()
    assert code in page
    assert "It cost nothing." in page


def test_a_queue_that_is_too_long_is_asked_again(
    typed, reached, asks, archived, sandbox
):
    rule = {"kind": "code", "code": "20110026", "times": 1}
    sandbox.switch(faults={"wujie.face_swap": rule})
    generation = asks("wujie-face-swap", **typed("wujie-face-swap"))
    generation = archived(generation)
    assert generation.attempts == 2


def test_a_picture_that_is_too_large_for_the_gateway(refusal, brought, monkeypatch):
    field = OPERATIONS["wujie-youthify"].form_class.base_fields["photo"]
    monkeypatch.setattr(field, "most_bytes", 10)
    errors = refusal("wujie-youthify", photo=brought().token)
    assert "at most here" in errors["photo"][0]


def test_each_time_it_is_sent_its_address_is_new(brought):
    upload = brought()
    value = {"token": upload.token, "extension": "png", "width": 96, "height": 64}
    body = OPERATIONS["wujie-youthify"].order({"photo": [value]}).body
    assert body == {
        "image_url": body["image_url"],
        "init_width": 96,
        "init_height": 64,
    }
    assert urlsplit(body["image_url"]).path.startswith("/uploads/for-gateway/")
    assert upload.token not in body["image_url"]


def test_the_body_of_enlarging(brought):
    value = {"token": "x", "extension": "png", "width": 96, "height": 64}
    cleaned = {
        "small_picture": [value],
        "multiple": "1.5",
        "supersize_type": "GENERAL",
    }
    operation = OPERATIONS["wujie-supersize"]
    body = dict(operation.order(cleaned).body)
    del body["url"]
    assert body == {
        "multiple": 1.5,
        "super_size_type": "GENERAL",
        "cost_type": "INTEGRAL",
    }
    assert operation.size(cleaned) == (144, 96)
    assert not operation.order(cleaned).is_called_back  # none is documented


def test_use_again_brings_the_picture_back(typed, reached, asks, member):
    fields = typed("wujie-face-swap")
    generation = asks("wujie-face-swap", **fields)
    page = member.get(f"/?again={generation.pk}").content.decode()
    for name, token in fields.items():
        assert f'name="{name}" value="{token}" checked' in page


def test_it_is_cancelled_while_it_waits(
    typed, reached, asks, reaches, pump_until, member, sandbox
):
    sandbox.switch(submit_seconds=30)
    generation = asks("wujie-face-swap", **typed("wujie-face-swap"))
    reaches(generation, "running")
    member.post(f"/generations/{generation.pk}/cancellation/")
    pump_until(lambda: generation.tasks.filter(status="cancelled").exists())


def test_without_an_address_of_its_own_it_is_not_offered(settings, member, refusal):
    settings.PUBLIC_URL = settings.SANDBOX_REACHES = ""
    page = member.get("/?operation=wujie-youthify").content.decode()
    assert "WJPORTAL_PUBLIC_URL" in page
    assert "disabled" in page.split('id="submit-button"')[1][:80]


def test_what_can_do_without_a_picture_takes_none_then(
    settings, member, brought, refusal
):
    """Its address would be none that a gateway can fetch."""
    settings.PUBLIC_URL = settings.SANDBOX_REACHES = ""
    page = member.get("/?operation=wujie-drawing").content.decode()
    assert "WJPORTAL_PUBLIC_URL" in page.split('id="field-init_image"')[1]
    assert 'name="files:init_image"' not in page
    assert "disabled" not in page.split('id="submit-button"')[1][:80]
    typed = TYPED["wujie-drawing"] | {"init_image": brought().token, "prompt": "x"}
    (error,) = refusal("wujie-drawing", **typed)["init_image"]
    assert "WJPORTAL_PUBLIC_URL" in error


# --- What the gateway answers


def test_an_address_ends_an_enlargement_whatever_its_status():
    row = {"key": "K", "url": "https://x/a.png", "sr_url": "", "integral": 0}
    assert update("K", row, Family.SUPERSIZE).state is State.DRAWING
    row |= {"sr_url": "https://x/b.png", "integral": 3}
    done = update("K", row, Family.SUPERSIZE)
    assert (done.state, done.picture_urls, done.cost) == (
        State.SUCCEEDED,
        ("https://x/b.png",),
        3,
    )
