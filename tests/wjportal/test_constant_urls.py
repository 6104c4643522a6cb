"""Addresses that templates ask for are looked up once."""

import pytest
from django.template import Context, Template
from django.test import override_settings
from django.urls import NoReverseMatch, reverse


def drawn(text: str, **values: object) -> str:
    return Template(text).render(Context(values))


@pytest.mark.parametrize("number", [0, 7, 1_234_567, 7_046_029_254_386_353])
def test_a_number_is_put_into_the_address(number: int) -> None:
    assert drawn("{% url 'gallery:artwork' pk %}", pk=number) == reverse(
        "gallery:artwork", args=[number]
    )


def test_its_address_can_be_kept_for_later() -> None:
    text = "{% url 'gallery:artwork' 7 as own %}<a href='{{ own }}?a=1'>"
    assert drawn(text) == "<a href='/artworks/7/?a=1'>"


@pytest.mark.parametrize("value", ["", None, -1, "x", 1.5])
def test_what_is_no_number_is_refused_as_before(value: object) -> None:
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'gallery:artwork' pk %}", pk=value)
    assert drawn("{% url 'gallery:artwork' pk as own %}{{ own }}", pk=value) == ""


def test_words_stay_words() -> None:
    address = drawn("{% url 'uploads:thumbnail' token %}", token="a-b")
    assert address == reverse("uploads:thumbnail", args=["a-b"])


def test_numbers_are_not_written_for_readers() -> None:
    with override_settings(USE_THOUSAND_SEPARATOR=True):
        assert drawn("{% url 'gallery:artwork' 1234567 %}") == "/artworks/1234567/"
