"""The label that is written into files: one JSON object with seven keys.

GB 45438-2025 Annex E; the clause of each rule stands beside its fault.
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

KEYS = (
    *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
    *("ContentPropagator", "PropagateID", "ReservedCode2"),
)
#: Whether five or three of them must be filled is open: three are insisted on.
FILLED = ("Label", "ContentProducer", "ProduceID")
GENERATED = "1"
LABELS = ("1", "2", "3")
#: E j, after unescaping: a backslash and a quote stand for a quote.
VALUE = re.compile(r"[!-\[\]-~]*")
#: A backslash before anything but a quote.
ESCAPED = re.compile(r'\\[^"]')
MOST_BYTES = 64 * 1024
PRODUCE_ID = re.compile("[A-Z2-7]{26}")


class Fault(Exception):
    """``code``: a key of `labels.presenters`; ``clause`` of the standard."""

    def __init__(self, code: str, clause: str) -> None:
        super().__init__(f"{code} ({clause})")
        self.code = code
        self.clause = clause


@dataclass(frozen=True, slots=True)
class Secret:
    """Keys for ids and seals, made of the portal's secret."""

    key: bytes

    def produce_id(self, artwork: int) -> str:
        """26 characters of base32: tells neither counts nor names."""
        made = self._hmac(f"artwork\n{artwork}")
        return base64.b32encode(made).decode("ascii")[:26]

    def seal(self, producer: str, produce_id: str, original: str) -> str:
        """``ReservedCode1``. ``original``: sha-256 of the archived file."""
        made = self._hmac("\n".join((GENERATED, producer, produce_id, original)))
        return "v1." + base64.urlsafe_b64encode(made).decode("ascii").rstrip("=")

    def _hmac(self, text: str) -> bytes:
        return hmac.digest(self.key, text.encode(), hashlib.sha256)


def text_of(producer: str, produce_id: str, seal: str) -> str:
    """A first writing: the propagator is the producer."""
    values = (GENERATED, producer, produce_id, seal, producer, produce_id, "")
    found = dict(zip(KEYS, values, strict=True))
    text = json.dumps(found, separators=(",", ":"))
    read(text)
    return text


def read(text: str) -> dict[str, str]:
    """The label's values. Raises Fault."""
    found = _object(text)
    if "Label" not in found and isinstance(found.get("AIGC"), dict):
        found = found["AIGC"]
    if missing := [key for key in KEYS if key not in found]:
        raise Fault(f"missing:{','.join(missing)}", "E b")
    if not all(isinstance(found[key], str) for key in KEYS):
        raise Fault("not_text", "E b")
    if ESCAPED.search(text) or not all(VALUE.fullmatch(found[key]) for key in KEYS):
        raise Fault("characters", "E j")
    if found["Label"] not in LABELS:
        raise Fault("unknown_label", "E c")
    if not all(found[key] for key in FILLED):
        raise Fault("empty", "E b")
    return {key: found[key] for key in KEYS}


def _object(text: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Fault("too_large", "E b")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Fault("no_json", "E b") from error
    if not isinstance(found, dict):
        raise Fault("no_json", "E b")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
