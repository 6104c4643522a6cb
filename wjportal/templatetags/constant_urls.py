"""Django's ``url`` tag as a builtin of every template (``TEMPLATES``): the address of a
constant name is looked up once per process. A page has thirty of them."""

import functools

from django import template
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import url as any_url
from django.urls import get_urlconf, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()


@functools.lru_cache(maxsize=1_000)
def _address(name: str, urlconf: str | None) -> SafeString:
    return escape(reverse(name, urlconf))


class ConstantAddress(Node):
    def __init__(self, name: str, variable: str | None) -> None:
        self.name, self.variable = name, variable

    def render(self, context: Context) -> SafeString:
        found = _address(self.name, get_urlconf())
        if self.variable is None:
            return found
        context[self.variable] = found
        return SafeString("")


@register.tag
def url(parser: Parser, token: Token) -> Node:
    node = any_url(parser, token)
    name = node.view_name
    is_constant = isinstance(name.var, str) and not name.filters
    if is_constant and not (node.args or node.kwargs):
        return ConstantAddress(str(name.var), node.asvar)
    return node
