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

#: Control characters; those of Unicode that break lines or turn their direction, too.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _written_out(found: re.Match[str]) -> str:
    return repr(found[0])[1:-1]


def without_paths(text: str) -> str:
    """Each address is cut after its host: ``https://cdn.example.org…``."""
    return ADDRESS.sub(r"\1…", INLINE.sub(r"\1…", text))


class MaskedFormatter(logging.Formatter):
    """Formats a record, its traceback included, without paths of addresses.

    A message is one line: its line breaks and control characters are written out, so
    that a foreign text cannot write lines of its own. Times are ISO 8601 with the
    offset of the process's time zone.
    """

    default_time_format = "%Y-%m-%dT%H:%M:%S%z"
    default_msec_format = None

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own)
        record.message = CONTROL.sub(_written_out, record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return without_paths(super().format(record))
