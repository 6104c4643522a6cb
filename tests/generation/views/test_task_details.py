"""What ``/ai/info`` says of a picture, on its page: every field of seed 003."""

import json
import re

import pytest
from django.conf import settings

from gateways.providers.wujie.vocabulary import VOCABULARY
from generation.models import Artwork, Detail
from generation.operations import OPERATIONS
from generation.presenters import task_details
from tests import factories
from tests.pages import HTMX

#: Shown elsewhere on the page: the prompt as it was typed, and the audit's own part.
ELSEWHERE = {"prompt", "audit_info"}
NESTED = {"multi_diffusion", "layer_diffusion", "cut_diffusion"}


@pytest.fixture
def said(sample):
    return sample("ai_info.response_success")["data"]


def test_every_documented_field_has_its_line(said):
    assert set(VOCABULARY.fields) | ELSEWHERE | NESTED == set(said)


def test_the_sample_is_told(said):
    read = task_details.read(said, VOCABULARY)
    lines = dict(read.lines)
    technical = dict(read.technical)
    assert lines["Prompt sent to the model"].endswith("; sketch")
    assert technical["Kind of model"] == "general"
    assert technical["Status"] == "succeeded"
    assert lines["Artist"] == "鸟山明"
    assert lines["Elements"] == "星空法"
    assert lines["Fused models"] == "晨辉 × 0.6"
    assert technical["Finished"] == "2022-11-07 13:54:11"
    assert technical["Machine"] == "IiFJclpG73 · NVIDIA Tesla V100-16GB · 0.00098"
    assert technical["Flagged by the gateway"] == "no"
    assert lines["Preprocessing"] == "none"
    assert technical["Charge"] == "积分已扣除"
    assert "Failure" not in technical  # its code is 0
    fine = dict(read.fine)
    assert fine["multi_diffusion.tiled_diffusion.bbox_control_states 1.x"] == "0.4"
    assert fine["layer_diffusion.method"] == "2"
    assert fine["cut_diffusion.cfg_scale2"] == "7"


def test_addresses_are_told_by_their_hosts_alone(said):
    read = task_details.read(said, VOCABULARY)
    lines = dict(read.technical)
    assert lines["Picture at the gateway"] == "https://cdn.wujiebantu.com…"
    assert "081261CBAC" not in json.dumps([read.lines, read.technical])
    assert "810F1750" not in json.dumps(task_details.read(said, VOCABULARY).about_audit)


def test_the_newer_form_of_an_audit(said):
    read = task_details.read(said, VOCABULARY)
    assert [label.description for label in read.audit.labels] == [
        "涉政",
        "暴恐",
        "色情",
        "违禁",
        "性感",
    ]
    about = dict(read.about_audit)
    assert (about["total_suggestion"], about["data_id"]) == ("PASS", "245959")
    assert (about["check_fail"], about["hit"]) == ("no", "no")


def test_the_older_form_of_an_audit():
    result = {"results": [{"label": "normal", "rate": 99.9, "scene": "porn"}]}
    result["results"][0]["suggestion"] = "pass"
    read = task_details.read(
        {"audit_info": {"vendor": 1, "result": json.dumps(result)}}, VOCABULARY
    )
    (label,) = read.audit.labels
    assert (label.scene, round(label.rate, 3)) == ("PORN", 0.999)
    assert read.about_audit == [("vendor", "1")]


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_absent_has_no_line(said, value):
    assert task_details.read(
        dict.fromkeys(said, value), VOCABULARY
    ) == task_details.Told([], [], [], None, [])
    assert task_details.read({}, VOCABULARY) == task_details.Told([], [], [], None, [])


@pytest.mark.parametrize("value", [7, 1.5, True, "x", [1, None, {}], {"a": [None]}])
def test_odd_types_break_nothing(said, value):
    task_details.read(dict.fromkeys(said, value), VOCABULARY)


# --- On the page


def test_the_page_asks_for_it_after_it_is_shown(alice, signed_in):
    artwork = factories.artwork(alice)
    page = signed_in(alice).get(f"/artworks/{artwork.pk}/").content.decode()
    assert f'hx-get="/artworks/{artwork.pk}/?told=1" hx-trigger="load"' in page
    assert not Detail.objects.exists()


def test_what_is_kept_is_shown_at_once(alice, otto, signed_in, said):
    artwork = factories.artwork(alice)
    Detail.objects.create(task=artwork.task, said=said)
    page = signed_in(otto).get(f"/artworks/{artwork.pk}/").content.decode()
    assert "hx-trigger" not in page.split('id="told"')[1].split("</section>")[0]
    assert "NVIDIA Tesla V100-16GB" in page
    assert "涉政" in page


def test_machine_and_audit_are_for_admins(alice, mona, signed_in, said):
    artwork = factories.artwork(alice)
    Detail.objects.create(task=artwork.task, said=said)
    for user in (alice, mona):
        page = signed_in(user).get(f"/artworks/{artwork.pk}/").content.decode()
        assert "晨辉 × 0.6" in page
        for technical in ("NVIDIA", "涉政", artwork.sha256, artwork.task.key):
            assert technical not in page


def test_it_is_told_in_the_readers_language(alice, otto, signed_in, said):
    artwork = factories.artwork(alice)
    said["pattern"] = "CANNY"
    Detail.objects.create(task=artwork.task, said=said)
    client = signed_in(otto)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    page = client.get(f"/artworks/{artwork.pk}/").content.decode()
    part = page.split('id="told"')[1]
    assert "<dt>涉政</dt><dd>通过 · " in part
    assert "<dd>边缘检测</dd>" in part


def test_a_stranger_is_told_nothing(alice, bob, signed_in):
    artwork = factories.artwork(alice)
    answer = signed_in(bob).get(f"/artworks/{artwork.pk}/?told=1", headers=HTMX)
    assert answer.status_code == 404


def test_a_key_the_gateway_does_not_know_says_so(alice, otto, signed_in, sandbox):
    artwork = factories.artwork(alice)
    part = signed_in(otto).get(f"/artworks/{artwork.pk}/?told=1", headers=HTMX)
    assert "says no more about it" in part.content.decode()
    assert not Detail.objects.exists()


def test_a_key_that_jumdata_does_not_know_says_so(alice, otto, signed_in, sandbox):
    artwork = factories.artwork(alice, generation_fields={"provider": "jumdata"})
    part = signed_in(otto).get(f"/artworks/{artwork.pk}/?told=1", headers=HTMX)
    assert "says no more about it" in part.content.decode()


def test_a_gateway_in_trouble_is_no_error(alice, signed_in, sandbox):
    sandbox.switch(faults={"wujie.info": {"kind": "http_500"}})
    artwork = factories.artwork(alice)
    part = signed_in(alice).get(f"/artworks/{artwork.pk}/?told=1", headers=HTMX)
    assert part.status_code == 200
    assert not Detail.objects.exists()


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("prompt", "label"), [("山水", "涉政"), ("sandbox:old_audit", "normal")]
)
def test_it_is_asked_once_over_real_http(
    alice, otto, signed_in, open_gateways, pump_until, prompt, label
):
    open_gateways.switch(draw_seconds=0.05, submit_seconds=0)
    operation = OPERATIONS["wujie-drawing"]
    generation = factories.generation(
        alice,
        operation=operation.slug,
        prompt=prompt,
        reserved=2,
        parameters={
            "model": "1",
            "size": "1024x1024",
            "pictures": 1,
            "style": "水彩",
            "negative_prompt": "帽子",
            "cfg": 6.5,
        },
    )
    released = Artwork.objects.filter(generation=generation, moderation="released")
    pump_until(released.exists)
    client, pk = signed_in(otto), released.get().pk
    for _ in range(2):
        part = client.get(f"/artworks/{pk}/?told=1", headers=HTMX).content.decode()
        for words in ("sandbox-", "积分已扣除", label):
            assert words in part
    assert open_gateways.state()["requests"]["wujie.info"] == 1


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_jumdata_tells_when_it_was_asked_for(
    alice, otto, signed_in, open_gateways, pump_until
):
    open_gateways.switch(draw_seconds=0.05, submit_seconds=0)
    generation = factories.generation(
        alice,
        provider="jumdata",
        operation="jumdata-drawing",
        unit="image",
        prompt="山水",
        parameters={"resolution": "1024*1024", "pictures": 1, "style": "古风"},
    )
    stored = Artwork.objects.filter(generation=generation, stored_at__isnull=False)
    pump_until(stored.exists)
    stored.update(moderation="released")
    task = generation.tasks.get()
    client, pk = signed_in(otto), stored.get().pk
    part = client.get(f"/artworks/{pk}/?told=1", headers=HTMX).content.decode()
    made_at = task.answer["data"]["createTime"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", made_at)
    assert f"<dd>{made_at}</dd>" in part
    assert Detail.objects.get().said == {"createTime": made_at}
