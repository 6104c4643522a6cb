"""Placeholders of a preset's words are asked for before anything is sent."""

import uuid

import pytest

from generation import placeholders
from generation.models import Generation


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a {colour} cup, {colour}, { 杯子 }", ["colour", "杯子"]),
        ("{a|b|c} and {}", []),
        ('{"a": 1}', []),
        ("{" + "x" * 41 + "}", []),
    ],
)
def test_placeholders_are_found(text, names):
    assert placeholders.names([text]) == names


def test_a_value_is_put_in_as_it_is():
    values = {"a": r"\1 {b}", "b": "x"}
    assert placeholders.filled("{a} {b} {c}", values) == r"\1 {b} x {c}"


@pytest.fixture
def send(alice, signed_in, typed, open_gateways):
    def post(**values):
        key = {"submit_key": str(uuid.uuid4())}
        return signed_in(alice).post("/generations/", {**typed, **key, **values})

    return post


def test_placeholders_are_filled_before_anything_is_sent(send):
    values = {"prompt": "a {colour} cup", "blanks": "1"}
    answer = send(**values)
    assert answer.status_code == 422
    assert "Fill in first: colour." in answer.text
    assert "a {colour} cup" in answer.text  # as typed
    assert not Generation.objects.exists()
    assert send(**values, **{"fill:colour": " red "}).status_code == 302
    assert Generation.objects.get().prompt == "a red cup"


def test_a_refused_form_has_its_placeholders_again(send):
    answer = send(
        prompt="a {colour} cup", blanks="1", pictures="0", **{"fill:colour": "red"}
    )
    assert answer.status_code == 422
    assert "a {colour} cup" in answer.text
    assert 'value="red"' in answer.text


def test_braces_without_a_preset_are_words(send):
    assert send(prompt="a {colour} cup").status_code == 302
    assert Generation.objects.get().prompt == "a {colour} cup"
