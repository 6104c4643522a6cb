"""The create page: its fields, the values that they keep, one form per request."""

import uuid

import pytest

from generation.models import Generation
from generation.operations import OPERATIONS
from generation.operations.base_form import OperationForm
from generation.presenters import cards
from spend import ledger
from spend.models import Budget
from tests import factories
from tests.pages import HTMX
from wjportal import shell
from wjportal.settings import BASE_DIR

pytestmark = pytest.mark.usefixtures("listed")


@pytest.fixture
def built(monkeypatch):
    """The forms of operations that were built."""
    forms, build = [], OperationForm.__init__

    def count(form, *args, **kwargs):
        forms.append(form)
        build(form, *args, **kwargs)

    monkeypatch.setattr(OperationForm, "__init__", count)
    return forms


def fields(client, **asked):
    return client.get("/", asked, headers={**HTMX, "HX-Target": "operation-fields"})


def test_the_page_offers_every_operation(alice, signed_in):
    client = signed_in(alice)
    listed = client.post("/", headers={**HTMX, "HX-Target": "operations"}).text
    assert "<html" not in listed
    page = client.get("/?open=all").text  # without JavaScript
    for operation in OPERATIONS.values():
        assert f'value="{operation.slug}"' in listed
        assert f'value="{operation.slug}"' in page
        assert (BASE_DIR / "static/operations" / f"{operation.picture}.svg").exists()
    assert 'name="model"' in page  # of the first one


def test_a_form_with_long_texts_is_drawn_anew(alice, signed_in):
    """No address holds it."""
    typed = {"operation": "wujie-drawing", "negative_prompt": "雾" * 2000, "model": "1"}
    client = signed_in(alice)
    header = {**HTMX, "HX-Target": "operation-fields"}
    part = client.post("/", typed, headers=header)
    assert "雾" * 2000 in part.content.decode()
    assert part["HX-Replace-Url"] == "/?operation=wujie-drawing"
    whole = client.post("/", typed | {"prompt": "月" * 900}).content.decode()
    assert "月" * 900 in whole
    assert "雾" * 2000 in whole
    assert client.put("/").status_code == 405


def test_who_is_not_signed_in_is_led_to_the_door(client, db):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_the_address_chooses_the_operation(alice, signed_in):
    page = signed_in(alice).get("/?operation=jumdata-drawing").content.decode()
    assert 'name="resolution"' in page
    assert 'name="model"' not in page
    assert 'data-limit="100"' in page


def test_fields_change_alone_and_keep_what_fits(alice, signed_in):
    answer = fields(
        signed_in(alice),
        operation="jumdata-drawing",
        pictures="3",
        style="油画",
        size="1024x768",
        negative_prompt="帽子",
    )
    part = answer.content.decode()
    assert "<html" not in part
    assert 'id="prompt-limit" data-limit="100" hx-swap-oob="true"' in part
    assert 'name="pictures" value="3"' in part
    assert '<option value="油画" selected>' in part
    # It waits, hidden, for the way back.
    assert '<input type="hidden" name="negative_prompt" value="帽子" data-kept>' in part
    assert answer["HX-Replace-Url"] == "/?operation=jumdata-drawing"


def test_another_model_brings_its_own_sizes(alice, signed_in):
    part = fields(
        signed_in(alice), operation="wujie-drawing", model="2", size="1024x768"
    ).content.decode()
    assert 'value="640x1024" checked' in part  # the old size is not offered
    assert "1024x768" not in part


def test_the_form_is_built_once(alice, signed_in, built):
    client = signed_in(alice)
    values = {"operation": "wujie-drawing", "model": "2", "size": "1024x768"}
    client.get("/", values)
    assert len(built) == 1
    fields(client, **values)
    assert len(built) == 2
    client.post("/generations/", {**values, "submit_key": str(uuid.uuid4())})
    assert len(built) == 3
    client.post("/uploads/", {**values, "field": "init_image"})
    assert len(built) == 4


def test_a_model_that_is_not_offered_gives_way(alice, signed_in):
    values = {"operation": "wujie-drawing", "model": "999", "size": "640x1024"}
    form = signed_in(alice).get("/", values).context["form"]
    assert form["model"].value() == "1"
    # Neither it nor a size of another model is kept.
    assert form["size"].value() == form["size"].field.choices[0][0]
    assert form.initial.keys().isdisjoint({"model", "size"})


def test_a_value_of_the_address_is_escaped(alice, signed_in):
    page = signed_in(alice).get("/", {"negative_prompt": '"><script>x'}).content
    assert b"<script>x" not in page


def test_without_a_list_it_says_what_it_waits_for(alice, signed_in):
    Generation.objects.all().delete()
    factories.account("wujie").catalogue_entries.all().delete()
    page = signed_in(alice).get("/").content.decode()
    assert "has not told its models yet" in page
    assert 'id="submit-button" title="Ctrl + Enter" disabled' in page.replace("\n", "")


def test_again_fills_in_everything(alice, signed_in):
    before = factories.generation(
        alice,
        prompt="白鹤",
        parameters={
            "model": "1",
            "size": "1024x768",
            "pictures": 4,
            "style": "水墨",
            "negative_prompt": "人",
            "seed": "7",
            "cfg": 6.5,
            "width": None,
            "height": None,
        },
    )
    page = signed_in(alice).get(f"/?again={before.pk}").content.decode()
    assert ">白鹤</textarea>" in page
    assert 'value="1024x768" checked' in page
    assert 'name="pictures" value="4"' in page
    hidden = {("style", "水墨"), ("seed", "7"), ("cfg", "6.5")}
    for name, value in hidden:
        kept = f'<input type="hidden" name="{name}" value="{value}" data-kept>'
        assert kept in page
    assert 'id="changed-basics">3</span>' in page  # of which one is the words left out
    page = signed_in(alice).get(f"/?again={before.pk}&open=all").text
    assert '<option value="水墨" selected>' in page
    assert 'name="seed" value="7"' in page


def test_again_leaves_a_seed_that_the_portal_chose(alice, signed_in):
    before = factories.generation(alice)
    before.parameters |= {"seed": "", "chosen_seed": "271828"}
    before.save()
    assert "271828" not in signed_in(alice).get(f"/?again={before.pk}").text
    assert "271828" in signed_in(alice).get(f"/generations/{before.pk}/").text


def test_bob_cannot_use_hers_again(alice, bob, signed_in):
    pk = factories.generation(alice).pk
    assert signed_in(bob).get(f"/?again={pk}").status_code == 404
    assert signed_in(bob).get("/?again=x").status_code == 404


def test_a_colleague_uses_a_released_picture_again(alice, mona, bob, signed_in):
    released = factories.artwork(mona)
    held = factories.artwork(mona, moderation="held")
    client = signed_in(alice)
    assert "A quiet harbour" in client.get(f"/?like={released.pk}").content.decode()
    assert client.get(f"/?like={held.pk}").status_code == 404
    assert signed_in(bob).get(f"/?like={released.pk}").status_code == 404


@pytest.mark.parametrize("name", ["init_image", "photo"])
def test_again_brings_nobody_elses_pictures(alice, mona, signed_in, name):
    """Neither in its field nor hidden, for another operation's field."""
    named = [{"token": "a-token", "extension": "png", "width": 96, "height": 64}]
    parameters = factories.PARAMETERS["wujie"] | {name: named}
    hers = factories.generation(alice, parameters=parameters)
    released = factories.artwork(alice, generation=hers)
    for asked in (f"again={hers.pk}", f"like={released.pk}"):
        page = signed_in(mona).get(f"/?{asked}")
        assert page.status_code == 200
        assert "a-token" not in page.text
    assert "a-token" not in signed_in(mona).get(f"/generations/{hers.pk}/").text


def test_below_stand_only_ones_own_latest(alice, mona, signed_in):
    hers = factories.generation(alice)
    other = factories.generation(mona)
    page = signed_in(alice).get("/").content.decode()
    assert f'id="generation-{hers.pk}"' in page
    assert f'id="generation-{other.pk}"' not in page
    assert f'value="{hers.pk}:1"' in page  # the poll knows what moves


def test_queries_do_not_grow_with_the_cards(
    alice, signed_in, django_assert_max_num_queries
):
    client = signed_in(alice)
    for _ in range(8):
        factories.artwork(alice)
    with django_assert_max_num_queries(13):
        client.get("/")


def test_a_purse_is_drawn(alice, signed_in):
    Budget.objects.create(team=factories.team(), user=alice, unit="integral", limit=400)
    page = signed_in(alice).get("/").content.decode()
    assert "of 400 integrals" in page
    assert 'class="bar-fill w-100"' in page


def test_a_form_key_is_new_each_time(alice, signed_in):
    client = signed_in(alice)
    first, second = (client.get("/").context["submit_key"] for _ in range(2))
    assert isinstance(first, uuid.UUID)
    assert first != second


def test_the_sandbox_is_named(alice, signed_in, settings):
    client = signed_in(alice)
    assert "made up" in client.get("/").content.decode()
    settings.SANDBOX = False
    assert "made up" not in client.get("/").content.decode()


def test_trouble_of_a_gateway_is_a_banner(alice, otto, oda, signed_in):
    account = factories.account("wujie")
    account.health.trouble = "签名错误 (10020001)"
    account.health.save()
    page = signed_in(alice).get("/").content.decode()
    assert "Wujie is unavailable" in page
    assert "签名错误" not in page  # the reason is for owners, on their page
    assert "/gateways/" not in page
    assert "/gateways/" not in signed_in(otto).get("/").content.decode()
    assert "outage" in signed_in(oda).get("/").content.decode()


def test_what_may_not_be_used_is_not_drawn(alice, mona, otto, oda, signed_in):
    links = ("/review/", "/spend/", "/people/", "/gateways/")
    for user, allowed in ((alice, 0), (mona, 1), (otto, 3), (oda, 4)):
        page = signed_in(user).get("/").content.decode()
        assert [f'href="{link}"' in page for link in links] == [
            number < allowed for number in range(4)
        ]


def test_moderators_see_how_many_wait(alice, mona, signed_in):
    factories.artwork(alice, moderation="held")
    page = signed_in(mona).get("/").content.decode()
    assert 'class="nav-count">1<' in page


def test_so_many_are_not_counted(alice, mona, signed_in, monkeypatch):
    monkeypatch.setattr(shell, "MOST_WAITING", 1)
    for _ in range(3):
        factories.artwork(alice, moderation="held")
    page = signed_in(mona).get("/").content.decode()
    assert 'class="nav-count">1+<' in page


def test_funds_stand_where_no_limit_is_set(alice, signed_in):
    available = ledger.balances(factories.team())["available"]
    assert available == 10_000
    assert (
        "10\N{NARROW NO-BREAK SPACE}000" in signed_in(alice).get("/").content.decode()
    )


# --- Settings


def group(client, key, **asked):
    return client.post("/", asked, headers={**HTMX, "HX-Target": f"group-{key}"})


def test_a_group_comes_when_it_is_opened(alice, signed_in):
    client = signed_in(alice)
    page = client.get("/?operation=wujie-drawing&seed=7").text
    assert 'id="id_seed"' not in page
    answer = group(client, "basics", operation="wujie-drawing", seed="7")
    assert 'name="seed" value="7"' in answer.text
    assert 'name="open" value="basics"' in answer.text
    assert "id_steps" not in answer.text
    assert '"fields-changed"' in answer["HX-Trigger-After-Settle"]
    assert group(client, "basics", operation="jumdata-drawing").status_code == 404
    assert group(client, "none").status_code == 404


def test_an_open_group_stays_open_with_another_model(alice, signed_in):
    part = fields(signed_in(alice), operation="wujie-drawing", open="basics", seed="7")
    assert 'name="seed" value="7"' in part.text
    assert 'id="id_steps"' not in part.text


def test_a_reset_drops_the_groups_values_alone(alice, signed_in):
    client, typed = signed_in(alice), {"seed": "7", "cfg": "9", "steps": "30"}
    answer = group(client, "basics", **typed, reset="basics")
    assert 'value="7"' not in answer.text
    page = client.post("/", typed | {"reset": "basics"}).text  # without JavaScript
    assert 'name="seed" value="7"' not in page
    assert '<input type="hidden" name="steps" value="30" data-kept>' in page


@pytest.mark.parametrize(
    ("slug", "typed", "counts"),
    [
        ("openai-image", "99", "10"),
        ("wujie-drawing", "99", "99"),
        ("wujie-drawing", "101", "100"),
        ("openai-image", "many", "many"),
    ],
)
def test_a_lowered_count_is_said(alice, signed_in, slug, typed, counts):
    part = fields(signed_in(alice), operation=slug, pictures=typed).text
    assert f'name="pictures" value="{counts}"' in part
    told = f"{typed} pictures became {counts}"
    assert (told in part) == (typed != counts)


# --- Feed and list of operations


def test_older_cards_come_when_the_feed_is_scrolled(alice, signed_in):
    client = signed_in(alice)
    made = [factories.generation(alice).pk for _ in range(cards.FIRST + 2)]
    page = client.get("/")
    assert page.text.count('<article class="generation') == cards.FIRST
    asked = {"before": page.context["older"], "seen": f"{made[-1]}:1", "after": "9"}
    header = {**HTMX, "HX-Target": "older"}
    part = client.get("/", asked, headers=header)
    assert part.text.count('<article class="generation') == 2
    # The poll goes on with all of them.
    assert f'value="{made[-1]}:1,{made[1]}:1:1,{made[0]}:1"' in part.text
    assert 'name="after" value="9"' in part.text
    assert 'id="older"' not in part.text
    # Without JavaScript it is a page.
    whole = client.get("/", {"before": asked["before"]})
    assert whole.text.count('<article class="generation') == 2


def test_recent_operations_come_first_with_known_prices(alice, signed_in):
    factories.generation(alice, operation="openai-image")
    factories.generation(alice, operation="wujie-midjourney")
    headers = {**HTMX, "HX-Target": "operations"}
    listed = signed_in(alice).post("/", {"operation": "wujie-4k"}, headers=headers).text
    places = [
        listed.index(f'value="{slug}"')
        for slug in ("wujie-midjourney", "openai-image", "wujie-drawing", "wujie-4k")
    ]
    assert places == sorted(places)
    assert listed.count('value="openai-image"') == 1
    assert "about 10 integrals" in listed
    assert 'aria-current="true"' in listed


@pytest.mark.parametrize("path", ["/", "/uploads/"])
def test_a_count_of_five_thousand_digits_is_no_fault(listed, alice, signed_in, path):
    typed = {"operation": "wujie-drawing", "pictures": "9" * 5000, "field": "x"}
    assert signed_in(alice).post(path, typed).status_code in (200, 404)
