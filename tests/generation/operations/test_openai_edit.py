"""OpenAI Image 图片编辑: pictures of one's own, changed by words (contract §8.2)."""

import pytest

from gateways.catalogue import Catalogue
from generation.models import Upload
from generation.operations import OPERATIONS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]
OPERATION = OPERATIONS["openai-edit"]
GPT = {
    "prompt": "Give the fox a hat",
    "edit_model": "gpt-image-1",
    "openai_size": "auto",
    "pictures": "2",
    "quality": "auto",
}
DALL_E_2 = GPT | {
    "edit_model": "dall-e-2",
    "openai_size": "512x512",
    "quality": "standard",
}


def form(alice, **typed):
    return OPERATION.form_class(typed, catalogue=Catalogue(), member=alice)


def test_from_the_form_to_archived_pictures(brought, reached, asks, archived, sandbox):
    images = [brought("PNG").token, brought("JPEG", (80, 96)).token]
    mask = brought("PNG", (80, 80)).token
    generation = archived(asks("openai-edit", **GPT, images=images, mask=mask))
    assert generation.artworks.count() == 2
    assert sandbox.state()["requests"]["picture.fetched"] == 3


def test_dall_e_2_takes_one_square_png(brought, reached, asks, archived, refusal):
    wide, jpeg = brought("PNG", (96, 80)).token, brought("JPEG").token
    for images in ([wide], [jpeg]):
        errors = refusal("openai-edit", **DALL_E_2, images=images)
        assert "square png" in errors["images"][0]
    many = [brought("PNG", (90 + n, 90 + n)).token for n in range(2)]
    assert list(refusal("openai-edit", **DALL_E_2, images=many)) == ["images"]
    archived(asks("openai-edit", **DALL_E_2, images=[brought().token]))


def test_the_body_has_the_documented_fields_only(brought, reached, alice, sample):
    filled = form(
        alice,
        **GPT | {"openai_size": "1024x1024", "quality": "low"},
        output_compression="50",
        images=[brought().token],
        mask=[brought("PNG", (80, 80)).token],
    )
    assert filled.is_valid(), filled.errors
    body = OPERATION.order(filled.cleaned_data).body
    assert set(body) == set(sample("images_edits.request_as_printed"))
    assert isinstance(body["image"], list)
    assert isinstance(body["mask"], str)


@pytest.mark.parametrize(
    ("typed", "most"), [(GPT, 25 * 1024**2 - 1), (DALL_E_2, 4 * 1024**2 - 1)]
)
def test_a_picture_has_so_many_bytes_at_most(typed, most, brought, alice, reached):
    upload = brought()
    rows = Upload.objects.filter(pk=upload.pk)
    rows.update(size=most)
    assert form(alice, **typed, images=[upload.token]).is_valid()
    rows.update(size=most + 1)
    assert list(form(alice, **typed, images=[upload.token]).errors) == ["images"]


@pytest.mark.parametrize("compression", ["-1", "101"])
def test_it_is_compressed_to_a_percentage(compression, brought, alice):
    filled = form(
        alice, **GPT, images=[brought().token], output_compression=compression
    )
    assert list(filled.errors) == ["output_compression"]


def test_models_that_cannot_edit_are_not_offered(alice, brought):
    filled = form(alice, **GPT | {"edit_model": "dall-e-3"}, images=[brought().token])
    assert list(filled.errors) == ["edit_model"]


def test_a_picture_is_needed(refusal):
    assert list(refusal("openai-edit", **GPT)) == ["images"]


def test_one_the_gateway_cannot_fetch_is_refused(brought, settings, asks, reaches):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    generation = asks("openai-edit", **GPT, images=[brought().token])
    reaches(generation, "refused")
    assert generation.failure_code == "20110002"


def test_a_sensitive_picture_is_told(brought, reached, asks, reaches, sandbox):
    rule = {"kind": "code", "code": "20110003", "message": "参考图含有敏感信息"}
    sandbox.switch(faults={"wujie.edits": rule})
    generation = asks("openai-edit", **GPT, images=[brought().token])
    reaches(generation, "refused")
    assert generation.failure_code == "20110003"
