from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from generation.search.marking import marked
from generation.search.question import Question

register = template.Library()


@register.simple_tag
def hits(text: str, question: Question | None, most: int) -> SafeString:
    """At most so many characters of the text, with what was searched marked."""
    return format_html_join(
        "",
        "{}{}{}",
        (
            (OPEN, piece, CLOSE) if is_hit else ("", piece, "")
            for piece, is_hit in marked(text, question, most)
        ),
    )


OPEN, CLOSE = SafeString("<mark>"), SafeString("</mark>")
