"""Masks addresses in texts: the host stays, the path that opens a picture goes.

A gateway's result addresses need no sign-in: whoever reads one sees a picture that
nobody has released. So no page, error or log line shows more than the host.
"""

import logging
import re

#: A slash as JSON, URLs and HTML write it, escaped any number of times.
SLASH = (
    r"(?:\\{0,9}/|\\{1,9}u002f|\\{1,9}x2f|%(?:25){0,9}2f"
    r"|&(?:amp;){0,9}(?:#0{0,6}47|#x0{0,6}2f|sol);)"
)
#: Two slashes and a host, then the rest of the address.
ADDRESS = re.compile(
    rf"""({SLASH}{{2}}[^\s"'/\\?#<>%&]*)"""
    rf"""(?:{SLASH}|[?#%&])(?:{SLASH}|[^\s"'<>\\])*""",
    re.IGNORECASE,
)
#: A picture written out in the text.
INLINE = re.compile(r"""(data:image/[\w.+-]{1,40})[;,][^\s"'<>\\]+""", re.IGNORECASE)


def without_paths(text: str) -> str:
    """Each address is cut after its host: ``https://cdn.example.org…``."""
    return ADDRESS.sub(r"\1…", INLINE.sub(r"\1…", text))


class MaskedFormatter(logging.Formatter):
    """Formats a record, its traceback included, without paths of addresses.

    Times are ISO 8601 with the offset of the process's time zone.
    """

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"
    default_msec_format = None

    def format(self, record: logging.LogRecord) -> str:
        return without_paths(super().format(record))
