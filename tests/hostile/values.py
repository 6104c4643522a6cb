"""What nobody types and somebody sends."""

from urllib.parse import quote

LONG = 60_000
#: As text; a lone surrogate is sent as the three bytes that CESU-8 writes.
TEXTS = (
    "\0\ud800",
    "9" * 5000,
    "9" * 19,
    "1e999",
    "NaN",
    "x" * LONG,
    "%_\\'\"<\r\n\u2028\u202e",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+08:00~1",
    "9999-12-31T23:59:59-08:00~1",
    f"2026-01-01T00:00:00+00:00~{'9' * 19}~{'9' * 5000}",
    f"{'9' * 18}:{'9' * 18}:{'9' * 19}",
)
#: Of an address: by the name of the converter.
PARTS = {
    "int": ("0", str(2**31), str(2**63), "9" * 5000),
    "slug": ("x", "0001-01", "9999-12", "9999-99", "9" * 5000, "x" * LONG),
    "str": ("\0", "\ud800", "x:y", "9" * 5000, "汉" * 100),
    "path": ("\0", "\ud800", "9" * 5000, "_5F_00"),
}
#: Values that let a view read on, by the name that it asks for.
PLAUSIBLE = {
    "operation": "wujie-drawing",
    "prompt": "A harbour",
    "model": "1",
    "size": "1024x1024",
    "pictures": "1",
    "submit_key": "6f1c1a3e-0000-4000-8000-000000000001",
    "key": "6f1c1a3e-0000-4000-8000-000000000002",
    "action": "release",
    "reason": "other",
    "claim": "1",
    "priority": "1",
    "unit": "integral",
    "amount": "5",
    "limit": "5",
    "direction": "give",
    "decision": "granted",
    "rejection": "refund",
    "integrals": "2",
    "answer": "unpaid",
    "how": "explain",
    "to": "pause",
    "number": "1",
    "a": "1",
    "b": "2",
    "steps": "1",
    "role": "member",
    "username": "carla",
    "name": "Carla",
    "theme": "dark",
    "language": "en",
    "period": "month",
    "by": "model",
    "state": "all",
    "kind": "json",
    "address": "https://hooks.example.org/",
    "version": "0",
    "rule-TOTAL_FORMS": "1",
    "rule-INITIAL_FORMS": "0",
    "rule-0-outcome": "hold",
    "sample_percent": "1",
    "control_percent": "1",
    "alike_within": "15",
    "save": "1",
}


def encoded(text: str) -> str:
    """Percent-encoded, lone surrogates too."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def shortened(text: str) -> str:
    shown = ascii(text)
    return shown if len(shown) < 60 else f"{shown[:40]}… ({len(text)})"
