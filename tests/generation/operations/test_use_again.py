"""*Use again* and the form without JavaScript: all operations, all fields."""

import io
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from PIL import Image

from generation import lifecycle
from generation.models import Generation
from generation.operations import OPERATIONS
from generation.operations.fields import (
    CountsField,
    PicksField,
    SizeField,
    UploadField,
    WeightsField,
)
from generation.presenters.prompt_form import PromptForm
from tests.browsing import Form
from tests.generation.operations.conftest import TYPED, has_prompt

ALL = sorted(OPERATIONS)
WORDS = 'first line, 第二行 <b>"&amp;"\nsecond line'
#: Where not just any value fits the others: one value, or inputs by their names.
FITTING: dict[str, str | dict[str, str]] = {
    "td_areas": {"td_areas:2:prompt": "a red door", "td_areas:2:x": "0.5"},
    "size_from_picture": {},  # or a size of one's own
    "width": "576",
    "height": "576",
    "prefine": "1.5",
    "supersize": "2",
    "seed": "7",
    "output_format": "webp",
    "background": "transparent",
    "prompt": WORDS,
}


def written(name: str, field: forms.Field, bring: Any) -> dict[str, Any]:
    """Something valid for a field, and not what stands there anyway."""
    if name in FITTING:
        fitting = FITTING[name]
        return fitting if isinstance(fitting, dict) else {name: fitting}
    match field:
        case UploadField():
            return {name: [bring("PNG", (128, 128)).token]}
        case WeightsField():
            return {f"{name}:{field.choices[0].key}": "0.5"}
        case CountsField():
            return {f"{name}:{field.choices[0].key}": "2"}
        case PicksField():
            return {name: [field.listed[0].key]}
        case forms.ChoiceField():
            return {name: str(list(field.choices)[-1][0])}
        case forms.BooleanField():
            return {name: "on"}
        case forms.IntegerField():
            step = getattr(field, "step_size", None) or 1
            return {name: str((field.min_value or 0) + step)}
        case forms.CharField():
            return {name: "some words"}
    raise AssertionError(f"{name}: how is such a field filled in?")


@pytest.fixture
def everything(brought, alice, open_gateways, settings):
    """``everything(slug)``: each field that its form has, filled in."""
    settings.PUBLIC_URL = "http://127.0.0.1:9"

    def fill(slug: str) -> dict[str, Any]:
        chosen = {k: v for k, v in TYPED[slug].items() if ":" not in k}
        chosen |= {k: v for k, v in FITTING.items() if k == "output_format"}
        data = QueryDict(mutable=True)
        data.update(chosen)
        fields = PromptForm.of(slug, alice).bound(data).fields
        typed: dict[str, Any] = {}
        for name, field in fields.items():
            is_choice = name in chosen and isinstance(field, forms.ChoiceField)
            is_kept = is_choice and ("model" in name or isinstance(field, SizeField))
            typed |= {name: chosen[name]} if is_kept else written(name, field, brought)
        return typed

    return fill


def plain(generation: Generation) -> dict[str, Any]:
    order = lifecycle.submitting.order_of(generation)
    pictures = ("url", "urls", "image", "mask", "model_param")
    body = {
        name: value for name, value in order.body.items() if not name.endswith(pictures)
    }
    return {"parameters": generation.parameters, "prompt": generation.prompt} | body


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ALL)
def test_again_brings_back_every_field(slug, everything, asks, member, monkeypatch):
    # The photos of a training would be looked at, and cannot be reached here.
    monkeypatch.setattr(type(OPERATIONS[slug]), "objections", lambda *_: {})
    first = asks(slug, **everything(slug))
    empty = (None, "", [], {}, False)
    left_out = {k for k, value in first.parameters.items() if value in empty}
    # There is no avatar: its key was written.
    assert left_out <= {"avatar", "size_from_picture"}
    page = member.get(f"/?again={first.pk}").content.decode()
    form = Form(page, "ask")
    assert form.values["operation"] == [slug]
    # What the browser would send, as it stands there, asks for just the same.
    assert member.post(form.action, form.values).status_code == 302
    second = Generation.objects.exclude(pk=first.pk).get()
    assert plain(second) == plain(first)
    assert second.operation == slug


@pytest.mark.django_db
def test_again_of_a_colleague_leaves_pictures_that_are_not_ones_own(
    everything, asks, mona, signed_in
):
    """A moderator sees the generation; its uploads are alice's to ask with."""
    first = asks("wujie-drawing", **everything("wujie-drawing"))
    page = signed_in(mona).get(f"/?again={first.pk}").content.decode()
    form = Form(page, "ask")
    assert "init_image" not in form.values
    assert form.values["prompt"] == [WORDS]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slug", ALL)
def test_it_can_be_asked_for_without_javascript(slug, member, reached):
    """The operation chosen by its address, the pictures sent along with the form."""
    operation = OPERATIONS[slug]
    form = Form(member.get(f"/?operation={slug}&open=all").text, "ask")
    assert form.values["operation"] == [slug]
    typed = TYPED[slug] | ({"prompt": "a harbour"} if has_prompt(operation) else {})
    files = {}
    for name, field in operation.form_class.base_fields.items():
        if isinstance(field, UploadField) and field.required:
            out = io.BytesIO(b"")
            Image.new("RGB", (128, 128), (9, 99, 9)).save(out, "PNG")
            out.name, _ = "photo.png", out.seek(0)
            files[f"files:{name}"] = out
    assert set(files) <= form.files
    sent = form.filled(typed) | files
    answer = member.post(form.action, sent, follow=True)
    assert answer.redirect_chain == [("/", 302)], answer.context["form"].errors
    generation = Generation.objects.get()
    assert generation.operation == slug
    assert f'id="generation-{generation.pk}"' in answer.content.decode()
