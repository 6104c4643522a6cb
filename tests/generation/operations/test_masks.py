"""Inpainting with a mask (contract §7.1, ``model_param``)."""

import json

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Model
from generation.operations import OPERATIONS

pytestmark = pytest.mark.one_database

OPERATION = OPERATIONS["wujie-drawing"]
CATALOGUE = Catalogue((Model("4", "通用 2", "", 1), Model("1", "通用", "", 1)))
TYPED = {"prompt": "一只猫", "model": "4", "size": "1024x1024", "pictures": "1"}
NAMES = {"mask": "mask_image_url", "mask_zone": "mask_zone_image_url"}


def form(member, **typed):
    return OPERATION.form_class(TYPED | typed, catalogue=CATALOGUE, member=member)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [["mask"], ["mask_zone"], ["mask", "mask_zone"]])
def test_from_the_form_to_an_archived_picture(
    names, brought, reached, asks, archived, sandbox
):
    pictures = {name: brought().token for name in ["init_image", *names]}
    generation = archived(asks("wujie-drawing", **TYPED, **pictures))
    assert generation.artworks.count() == 1
    # Each was really fetched from its own address.
    assert sandbox.state()["requests"]["picture.fetched"] == 1 + len(names)


@pytest.mark.django_db
def test_masks_go_out_as_json_in_a_text(alice, brought):
    tokens = {name: brought().token for name in ("init_image", *NAMES)}
    filled = form(alice, **{name: [token] for name, token in tokens.items()})
    assert filled.is_valid(), filled.errors
    body = OPERATION.order(filled.cleaned_data).body
    assert isinstance(body["model_param"], str)
    told = json.loads(body["model_param"])
    assert set(told) == set(NAMES.values())
    addresses = {body["init_image_url"], *told.values()}
    assert len(addresses) == 3
    assert all("/uploads/for-gateway/" in address for address in addresses)


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_one_alone_is_sent_alone(name, alice, brought):
    filled = form(alice, init_image=[brought().token], **{name: [brought().token]})
    assert filled.is_valid(), filled.errors
    told = json.loads(OPERATION.order(filled.cleaned_data).body["model_param"])
    assert list(told) == [NAMES[name]]


@pytest.mark.django_db
def test_without_a_mask_nothing_is_said_of_it(alice, brought):
    filled = form(alice, init_image=[brought().token])
    assert filled.is_valid(), filled.errors
    assert "model_param" not in OPERATION.order(filled.cleaned_data).body


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_mask_needs_its_picture(name, alice, brought):
    assert list(form(alice, **{name: [brought().token]}).errors) == [name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_mask_is_as_large_as_its_picture(name, alice, brought):
    picture, other = brought("PNG", (128, 80)).token, brought("PNG", (80, 128)).token
    filled = form(alice, init_image=[picture], **{name: [other]})
    assert list(filled.errors) == [name]
    assert "128 × 80" in filled.errors[name][0]


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_only_one_model_takes_masks(name, alice, brought):
    filled = form(alice, model="1", init_image=[brought().token])
    assert not set(NAMES) & set(filled.fields)
    filled = form(alice, model="1", **{name: [brought().token]})
    assert filled.is_valid(), filled.errors
    assert "model_param" not in OPERATION.order(filled.cleaned_data).body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", NAMES)
def test_a_strangers_mask_is_not_sent(name, bob, refusal, brought):
    token = brought(by=bob).token
    sent = {"init_image": brought().token, name: token}
    assert name in refusal("wujie-drawing", **TYPED, **sent)


@pytest.mark.django_db(transaction=True)
def test_a_mask_the_gateway_does_not_take(brought, reached, asks, reaches, sandbox):
    rule = {"kind": "code", "code": "20110002", "message": "底图链接信息有误或不支持"}
    sandbox.switch(faults={"wujie.create": rule})
    pictures = {name: brought().token for name in ("init_image", "mask")}
    generation = asks("wujie-drawing", **TYPED, **pictures)
    reaches(generation, "refused")
    assert generation.failure_code == "20110002"


@pytest.mark.django_db(transaction=True)
def test_use_again_brings_the_masks_back(brought, reached, asks, member):
    pictures = {name: brought().token for name in ("init_image", *NAMES)}
    generation = asks("wujie-drawing", **TYPED, **pictures)
    page = member.get(f"/?again={generation.pk}&open=reference").content.decode()
    for name, token in pictures.items():
        assert f'name="{name}" value="{token}" checked' in page
