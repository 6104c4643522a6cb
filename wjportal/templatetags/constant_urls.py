"""Django's ``url`` tag as a builtin of every template (``TEMPLATES``).

The address of a constant name is looked up once per process, with one number as its
argument, too. A page has thirty of the former; a list has a hundred of the latter.
"""

import functools

from django import template
from django.template.base import FilterExpression, Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as any_url
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()
#: Stands where a number will stand; in no address otherwise.
PLACE = 7_046_029_254_386_353


@functools.lru_cache(maxsize=1_000)
def _address(name: str, urlconf: str | None) -> SafeString:
    return escape(reverse(name, urlconf))


@functools.lru_cache(maxsize=1_000)
def _around(name: str, urlconf: str | None) -> tuple[str, str] | None:
    """Of an address with one number: what stands before and after it."""
    try:
        address = escape(reverse(name, urlconf, [PLACE]))
    except NoReverseMatch:
        return None
    before, found, after = address.partition(str(PLACE))
    return (before, after) if found else None


class ConstantAddress(Node):
    def __init__(self, name: str, variable: str | None) -> None:
        self.name, self.variable = name, variable

    def render(self, context: Context) -> SafeString:
        return _put(context, self.variable, _address(self.name, get_urlconf()))


class NumberedAddress(Node):
    """What is no natural number goes to Django's own node."""

    def __init__(self, name: str, number: FilterExpression, node: URLNode) -> None:
        self.name, self.number, self.node = name, number, node

    def render(self, context: Context) -> SafeString:
        number = self.number.resolve(context)
        around = _around(self.name, get_urlconf())
        if around is None or type(number) is not int or number < 0:
            return SafeString(self.node.render(context))
        address = SafeString(f"{around[0]}{number}{around[1]}")
        return _put(context, self.node.asvar, address)


def _put(context: Context, variable: str | None, address: SafeString) -> SafeString:
    if variable is None:
        return address
    context[variable] = address
    return SafeString("")


@register.tag
def url(parser: Parser, token: Token) -> Node:
    node = any_url(parser, token)
    name = node.view_name
    if not isinstance(name.var, str) or name.filters or node.kwargs:
        return node
    if not node.args:
        return ConstantAddress(str(name.var), node.asvar)
    if len(node.args) == 1:
        return NumberedAddress(str(name.var), node.args[0], node)
    return node
