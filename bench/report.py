"""Measurements and their goals."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """``goal``: the worst accepted value; None: no goal."""

    meaning: str
    goal: float | None = None
    is_more_better: bool = False

    def is_met(self, value: float) -> bool | None:
        if self.goal is None:
            return None
        return value >= self.goal if self.is_more_better else value <= self.goal


METRICS: Mapping[str, Metric] = {
    "pipeline.cpu_ratio": Metric("CPU a picture, against the bare script", 4),
    "pipeline.rate_ratio": Metric(
        "pictures a second, against the bare script", 0.4, is_more_better=True
    ),
    "pipeline.polls_per_task": Metric("polls a task, 5,000 in flight", 0.25),
    "pipeline.lag_poll_p50_s": Metric("from the gateway's finish to ours", 1.2),
    "pipeline.lag_poll_p95_s": Metric("the same, 95 of 100", 2.5),
    "pipeline.lag_callback_p95_s": Metric("the same with callbacks", 0.5),
    "pipeline.growth_100k": Metric("CPU a picture, 100,000 rows against 1,000", 1.1),
    "review.next_p50_ms": Metric("the next item leased, 100,000 wait", 25),
    "review.page_p50_ms": Metric("the queue's page, the same", 25),
    "review.growth": Metric("the slower of both, against 1,000", 1.3),
    "review.verify_rows_per_s": Metric(
        "entries of the log verified", 16_667, is_more_better=True
    ),
    "review.next_p50_ms.postgresql": Metric("the next item leased, 100,000 wait", 25),
    "review.page_p50_ms.postgresql": Metric("the queue's page, the same", 25),
    "review.growth.postgresql": Metric("the slower of both, against 1,000", 1.3),
    "review.verify_rows_per_s.postgresql": Metric(
        "entries of the log verified", 16_667, is_more_better=True
    ),
    "review.decisions_per_minute": Metric(
        "decided by keys in a browser", 30, is_more_better=True
    ),
    "review.next_shown_p95_ms": Metric("from the key to the next item, 95 of 100", 100),
    "review.double_claims.sqlite": Metric("two leases at once", 0),
    "review.lost.sqlite": Metric("items in no state", 0),
    "review.double_decisions.sqlite": Metric("items decided twice", 0),
    "review.double_claims.postgresql": Metric("two leases at once", 0),
    "review.lost.postgresql": Metric("items in no state", 0),
    "review.double_decisions.postgresql": Metric("items decided twice", 0),
    "review.decisions_per_s.sqlite": Metric("claimed and decided", is_more_better=True),
    "review.decisions_per_s.postgresql": Metric(
        "claimed and decided", is_more_better=True
    ),
    "submit.p95_ms.sqlite": Metric("form post to answer, 50 people"),
    "submit.per_s.sqlite": Metric("forms answered a second", is_more_better=True),
    "submit.p95_ms.postgresql": Metric("form post to answer, 50 people"),
    "submit.per_s.postgresql": Metric("forms answered a second", is_more_better=True),
    "series.accept_1000_ms.sqlite": Metric("a table of 1,000 rows accepted", 3_000),
    "series.accept_1000_ms.postgresql": Metric("a table of 1,000 rows accepted", 3_000),
    "spend.page_p95_ms": Metric("the spend page, 1,000,000 transfers", 60),
    "spend.growth": Metric("the same against 1,000 transfers", 1.3),
    "spend.export_peak_mb": Metric("megabytes that an export of 1,000,000 rows takes"),
    "spend.export_s": Metric("seconds of that export"),
    "gallery.growth_max": Metric(
        "the largest of the gallery's cases against 1,000 pictures", 1.3
    ),
    "labels.first_ms": Metric("CPU of a labelled 1024² JPEG, not kept yet", 60),
    "labels.cached_ms": Metric("the same from the cache", 5),
    "labels.png_ms": Metric("CPU of a labelled 2048² PNG, not kept yet"),
    "labels.peak_mb": Metric("resident megabytes with 64 million pixels", 900),
    "web.slow_p95_ms": Metric("a page and the health check, 3,000 slow clients", 250),
    "web.create_ms": Metric("CPU of the create page, the catalogue filled", 15),
    "web.create_kb": Metric("its HTML before compression, in kB", 25),
    "web.lcp_ms": Metric("largest paint of create and gallery, CPU 4 × slower", 1_000),
    "web.cls": Metric("layout shift of both", 0.02),
    "web.thumbnails_ms": Metric("all thumbnails of a page that was seen before", 300),
    "web.requests_ratio": Metric(
        "gallery pages a second, against granian with WSGI", 0.85, is_more_better=True
    ),
}

#: Of each case of the gallery: ``gallery.<case>_ms``.
GALLERY = Metric("a page with 1,000,000 pictures, the slower database", 40)


def table(measured: Mapping[str, float]) -> str:
    """Names not in METRICS are shown as they are."""
    lines = [f"{'metric':36} {'value':>10}  {'goal':8} {'':4}  meaning"]
    for name, value in measured.items():
        is_case = name.startswith("gallery.") and name.endswith("_ms")
        metric = GALLERY if is_case else METRICS.get(name, Metric(""))
        sign = (
            ("≥" if metric.is_more_better else "≤") if metric.goal is not None else ""
        )
        goal = f"{sign} {metric.goal:g}" if metric.goal is not None else "–"
        met = {True: "met", False: "MISS", None: ""}[metric.is_met(value)]
        lines.append(f"{name:36} {value:10.3f}  {goal:8} {met:4}  {metric.meaning}")
    return "\n".join(lines) + "\n"
