"""Parameters that the gateway used, beside the requested ones (作画参数查询)."""

from urllib.parse import parse_qs

import pytest

from accounts.models import User
from generation.presenters.drawn_parameters import can_be_recalled
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
HTMX = {"HX-Request": "true"}
DRAWN = {
    "prompt": "山",
    "model": "1",
    "size": "1024x1024",
    "pictures": "1",
    "steps": "30",
}


@pytest.fixture
def drawn(asks, archived):
    return archived(asks("wujie-drawing", **DRAWN))


def address(generation):
    return f"/generations/{generation.pk}/parameters/"


def rows(page):
    return {row.label: row for row in page.context["rows"]}


def test_it_tells_what_was_asked_and_what_was_left_open(drawn, member, sandbox):
    page = member.get(address(drawn))
    found = rows(page)
    assert (found["Steps"].requested, found["Steps"].values) == ("30", ["30"])
    # Left to the gateway, which took its own.
    assert found["Guidance scale (CFG)"].requested == ""
    assert found["Guidance scale (CFG)"].values == ["7"]
    assert (found["Model"].requested, found["Model"].values) == ("1", ["1"])
    assert not any(row.differs for row in found.values())
    assert sandbox.state()["requests"]["wujie.create_params"] == 1


def test_expert_settings_stand_beside_what_was_asked_for(asks, archived, member):
    tiles = {"td_enabled": "on", "td_overlap": "32", "td_areas:1:prompt": "a door"}
    generation = archived(asks("wujie-drawing", **DRAWN, **tiles))
    path = "multi_diffusion.tiled_diffusion."
    found = rows(member.get(address(generation)))
    assert found[f"{path}overlap"].requested == "32"
    assert found[f"{path}bbox_control_states 1.prompt"].requested == "a door"
    assert not any(row.differs for row in found.values())
    generation.parameters["td_overlap"] = 48
    generation.save()
    found = rows(member.get(address(generation)))
    assert [row.label for row in found.values() if row.differs] == [f"{path}overlap"]


def test_the_form_is_filled_in_as_it_was_drawn(drawn, member):
    (picture,) = member.get(address(drawn)).context["pictures"]
    sent = {name: values[0] for name, values in parse_qs(picture.again).items()}
    assert sent == {
        "again": str(drawn.pk),
        "steps": "30",
        "sampler": "0",
        "cfg": "7.0",
        "seed": drawn.parameters["chosen_seed"],
    }
    initial = member.get(f"/?{picture.again}").context["form"].initial
    assert (initial["cfg"], initial["sampler"], initial["steps"]) == ("7.0", "0", "30")
    assert initial["size"] == "1024x1024"  # as before


def test_what_was_taken_otherwise_is_marked(drawn, member):
    drawn.parameters["steps"] = 40
    drawn.save()
    page = member.get(address(drawn))
    assert [row.label for row in page.context["rows"] if row.differs] == ["Steps"]
    assert "changed by the gateway" in page.content.decode()


def test_pictures_come_six_at_a_time(asks, archived, member):
    generation = archived(asks("wujie-drawing", **DRAWN | {"pictures": "8"}))
    first = member.get(address(generation))
    assert len(first.context["pictures"]) == 6
    rest = member.get(address(generation), {"after": first.context["after"]})
    assert len(rest.context["pictures"]) == 2
    assert "after" not in rest.context
    keys = [p.task.key for page in (first, rest) for p in page.context["pictures"]]
    tasks = generation.tasks.order_by("position")
    assert keys == [task.key for task in tasks]


def test_the_part_is_the_same_address(drawn, member):
    part = member.get(address(drawn), headers=HTMX).content.decode()
    assert part.lstrip().startswith('<section class="stack" id="parameters">')
    assert "<html" in member.get(address(drawn)).content.decode()
    assert address(drawn) in member.get(f"/generations/{drawn.pk}/").content.decode()


def test_an_account_that_may_not_ask_is_told_so(drawn, alice, member, sandbox):
    rule = {"kind": "code", "code": "20010001", "message": "未开通"}
    sandbox.switch(faults={"wujie.create_params": rule})
    page = member.get(address(drawn))
    assert page.status_code == 200
    assert "The gateway does not take one of the values" in page.text
    User.objects.filter(pk=alice.pk).update(language="zh-hans")
    assert "未开通" in member.get(address(drawn)).text


def test_a_gateway_that_does_not_answer_breaks_no_page(drawn, member, sandbox):
    sandbox.switch(faults={"wujie.create_params": {"kind": "http_500"}})
    assert member.get(address(drawn)).status_code == 200


def test_bob_gets_nothing_mona_does(drawn, bob, mona, signed_in):
    assert signed_in(bob).get(address(drawn)).status_code == 404
    assert signed_in(mona).get(address(drawn)).status_code == 200
    assert signed_in(mona).post(address(drawn)).status_code == 405


def test_what_is_not_known_to_tell_is_not_asked(alice, signed_in, settings):
    other = factories.generation(alice, operation="openai-image")
    assert signed_in(alice).get(address(other)).status_code == 404
    page = signed_in(alice).get(f"/generations/{other.pk}/").content.decode()
    assert address(other) not in page
    mine = factories.generation(alice, operation="wujie-drawing")
    assert can_be_recalled(mine)
    settings.GATEWAYS = {}
    assert not can_be_recalled(mine)


def test_a_page_costs_the_same_whatever_it_shows(
    asks, archived, member, django_assert_max_num_queries
):
    generation = archived(asks("wujie-drawing", **DRAWN | {"pictures": "6"}))
    with django_assert_max_num_queries(12):
        member.get(address(generation))
