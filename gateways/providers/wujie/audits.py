"""Wujie's audit of a picture (contract wujie §6, seed 003).

``audit_info`` is a string of JSON in queries, an object in callbacks, and in older
results ``{"vendor": 1, "result": <the vendor's own answer>}``. Nothing raises. An
unreadable audit is never a pass.
"""

from gateways.providers.base import JSON, Audit, Label, Verdict
from gateways.providers.reading import flag, mapping, number, parse, rows, text

#: Mildest first; unreadable is between pass and review.
SEVERITY = (Verdict.PASS, Verdict.MISSING, Verdict.REVIEW, Verdict.BLOCK)
YIDUN = "2"
LABELS_MAX = 100


def read_audit(info: JSON, involve_yellow: JSON) -> Audit:
    """MISSING where none is readable."""
    content = mapping(parse(info) if isinstance(info, str) else info)
    is_offending = flag(involve_yellow)
    if "result" in content and "total_suggestion" not in content:
        return _read_older(content, is_offending)
    labels = _labels(content.get("scan_scene_d_t_o_s"), scale=1)
    return Audit(
        verdict=_total(content.get("total_suggestion"), labels),
        check_failed=flag(content.get("check_fail")),
        is_offending=is_offending,
        labels=labels,
    )


def _read_older(content: JSON, is_offending: bool) -> Audit:
    """Vendor 1: Alibaba, rates up to 100. Vendor 2: Yidun, undocumented: REVIEW
    (§6.3)."""
    if text(content.get("vendor")) == YIDUN:
        return Audit(Verdict.REVIEW, is_offending=is_offending)
    result = content["result"]
    result = mapping(parse(result) if isinstance(result, str) else result)
    labels = _labels(result.get("results"), scale=100)
    return Audit(verdict=_total(None, labels), is_offending=is_offending, labels=labels)


def _total(suggestion: JSON, labels: tuple[Label, ...]) -> Verdict:
    """The worst of the total and the labels (seed 003)."""
    said = [label.verdict for label in labels]
    if suggestion not in (None, ""):
        said.append(_verdict(suggestion))
    return max(said, key=SEVERITY.index, default=Verdict.MISSING)


def _verdict(suggestion: JSON) -> Verdict:
    try:
        return Verdict(text(suggestion).lower())
    except ValueError:
        return Verdict.MISSING


def _labels(scenes: JSON, *, scale: int) -> tuple[Label, ...]:
    return tuple(
        Label(
            # "lable" in the vendor's prose (seed 003).
            label=text(row.get("label") or row.get("lable")),
            description=text(row.get("label_desc")),
            scene=text(row.get("scene")).upper(),
            verdict=_verdict(row.get("suggestion")),
            rate=_rate(row.get("rate"), scale),
        )
        for row in rows(scenes)[:LABELS_MAX]
    )


def _rate(value: JSON, scale: int) -> float | None:
    rate = number(value)
    if rate is None:
        return None
    return rate / scale if 0 <= rate <= scale else None
