"""The ``url`` tag: as Django's, but a constant address is looked up once."""

import pytest
from django.template import engines
from django.urls import NoReverseMatch


def shown(text, **context):
    return engines["django"].from_string(text).render(context)


def test_a_constant_address():
    made = engines["django"].from_string("{% url 'gallery:gallery' %}")
    assert [made.render() for _ in range(2)] == ["/gallery/", "/gallery/"]


def test_a_constant_address_as_a_variable():
    assert shown("{% url 'gallery:gallery' as it %}[{{ it }}]") == "[/gallery/]"


def test_an_address_with_arguments_is_its_own():
    made = engines["django"].from_string("{% url 'gallery:artwork' pk %}")
    assert [made.render({"pk": pk}) for pk in (3, 4)] == [
        "/artworks/3/",
        "/artworks/4/",
    ]


def test_a_name_may_stand_in_a_variable():
    made = engines["django"].from_string("{% url name %}")
    names = ("generation:create", "gallery:gallery")
    assert [made.render({"name": name}) for name in names] == ["/", "/gallery/"]


def test_an_unknown_name_is_an_error():
    with pytest.raises(NoReverseMatch):
        shown("{% url 'gallery:attic' %}")
