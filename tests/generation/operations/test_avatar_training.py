"""化身: photos checked, an avatar trained, drawn with, and deleted (contract §10)."""

import json

import pytest

from gateways.providers.base import Family, State
from gateways.providers.wujie.answers import update
from generation.models import AvatarDeletion, ProviderTask
from generation.operations import OPERATIONS
from tests.generation.operations.test_avatar_artwork import HTTP

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]


@pytest.fixture
def trained(brought, reached, asks, reaches):
    def train(name="Grandmother"):
        photos = [brought("JPEG", (200, 200 + n)).token for n in range(2)]
        generation = asks("avatar-training", avatar_name=name, photos=photos)
        reaches(generation, "done")
        return generation.tasks.get()

    return train


def test_from_photos_to_an_avatar(trained, sandbox, member):
    task = trained()
    assert task.status == ProviderTask.Status.SUCCEEDED
    assert task.is_booked
    assert not task.generation.artworks.exists()
    requests = sandbox.state()["requests"]
    assert requests["wujie.avatar_check"] == 1
    assert requests["picture.fetched"] == 4  # looked at, then trained with
    page = member.get("/avatars/").content.decode()
    assert "Grandmother" in page
    assert task.key in page
    card = member.get(f"/generations/{task.generation_id}/").content.decode()
    assert "Trained" in card


def test_photos_that_do_not_fit_are_told_before_anything_is_paid(
    brought, reached, refusal, sandbox
):
    photos = [brought("JPEG", (200, 200)).token, brought("JPEG", (90, 90)).token]
    errors = refusal("avatar-training", avatar_name="x", photos=photos)
    assert errors["photos"] == ["Photo 2: 未检测到人脸或人脸太小"]
    assert "wujie.avatar_create" not in sandbox.state()["requests"]


def test_a_gateway_that_cannot_look_refuses_the_form(
    brought, reached, refusal, sandbox
):
    sandbox.switch(faults={"wujie.avatar_check": {"kind": "http_500"}})
    errors = refusal(
        "avatar-training", avatar_name="x", photos=[brought("PNG", (200, 200)).token]
    )
    assert "nothing was paid" in errors["__all__"][0]


@pytest.mark.parametrize("code", ["20110018", "20110019", "20110020", "20110021"])
def test_what_the_gateway_finds_fault_with(
    code, brought, reached, asks, reaches, sandbox, member
):
    rule = {"kind": "code", "code": code, "message": "照片"}
    sandbox.switch(faults={"wujie.avatar_create": rule})
    photo = brought("PNG", (200, 200)).token
    generation = asks("avatar-training", avatar_name="x", photos=[photo])
    reaches(generation, "refused")
    assert code in member.get(f"/generations/{generation.pk}/").content.decode()


def test_portraits_of_it(trained, asks, archived, member):
    task = trained()
    page = member.get("/?operation=avatar-artwork").content.decode()
    assert f'<option value="{task.key}"' in page
    assert "Grandmother" in page
    assert 'href="/avatars/"' in page
    typed = {name: HTTP[name] for name in HTTP if name.startswith("templates")}
    generation = archived(asks("avatar-artwork", avatar=task.key, **typed))
    assert generation.artworks.count() == 2


def test_it_is_deleted_there_and_here(trained, sandbox, member, refusal):
    task = trained()
    answer = member.post(f"/avatars/{task.pk}/deletion/")
    assert (answer.status_code, answer.url) == (302, "/avatars/")
    assert AvatarDeletion.objects.get().task == task
    assert sandbox.state()["requests"]["wujie.avatar_delete"] == 1
    assert task.key not in member.get("/avatars/").content.decode()
    assert member.post(f"/avatars/{task.pk}/deletion/").status_code == 404


def test_a_gateway_in_trouble_deletes_nothing(trained, sandbox, member):
    task = trained()
    sandbox.switch(faults={"wujie.avatar_delete": {"kind": "http_500"}})
    member.post(f"/avatars/{task.pk}/deletion/")
    assert not AvatarDeletion.objects.exists()
    assert task.key in member.get("/avatars/").content.decode()


def test_what_the_gateway_has_forgotten_is_deleted_here(trained, sandbox, member):
    task = trained()
    rule = {"kind": "code", "code": "20010001"}
    sandbox.switch(faults={"wujie.avatar_delete": rule})
    member.post(f"/avatars/{task.pk}/deletion/")
    assert AvatarDeletion.objects.exists()


def test_a_face_is_nobody_elses(trained, mona, bob, signed_in):
    task = trained()
    for user in (mona, bob):
        client = signed_in(user)
        assert task.key not in client.get("/avatars/").content.decode()
        assert client.post(f"/avatars/{task.pk}/deletion/").status_code == 404
        page = client.get("/?operation=avatar-artwork").content.decode()
        assert task.key not in page
    assert signed_in(bob).get(f"/avatars/{task.pk}/deletion/").status_code == 405


def test_it_is_called_back_in_a_form_nobody_documented(trained, pump_until):
    task = trained()
    pump_until(task.generation.callbacks.exists)
    body = json.loads(bytes(task.generation.callbacks.get().body))
    assert body == {"key": task.key, "success": True, "code": 0}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (4, State.SUCCEEDED),
        (2, State.DRAWING),
        (3, State.FAILED),
        (77, State.UNKNOWN),
        ("TRAINED", State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_a_status_nobody_documented_is_not_the_end(status, state):
    row = {"key": "K", "model_fusion_name": "x", "status": status}
    assert update("K", row, Family.AVATAR).state is state


def test_the_body_has_the_documented_field_only(brought):
    value = {"token": "x", "extension": "jpg", "width": 200, "height": 200}
    order = OPERATIONS["avatar-training"].order({"avatar_name": "x", "photos": [value]})
    assert list(order.body) == ["train_image_url_list"]
    assert (order.path, order.pictures) == ("/avatar/create", 0)
