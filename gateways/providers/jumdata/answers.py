"""Jumdata's answers in our words: seed 002, contract jumdata §6, §7."""

from collections.abc import Mapping

from gateways.providers.base import JSON, Audit, State, TaskUpdate, Verdict
from gateways.providers.reading import flag, integer, mapping, raw, text


def is_free(envelope: Mapping[str, JSON]) -> bool:
    """A missing or odd ``charge`` is no denial."""
    return envelope.get("charge") in (False, 0, "false")


def is_charged(envelope: Mapping[str, JSON]) -> bool:
    return flag(envelope.get("charge"))


def made_at(envelope: Mapping[str, JSON]) -> str:
    return text(mapping(envelope.get("data")).get("createTime"))


def update(key: str, envelope: Mapping[str, JSON]) -> TaskUpdate:
    """Status 1: finished; 0: queued or drawing; failed: not documented.

    Billed at submit: a poll tells no cost.
    """
    data = mapping(envelope.get("data"))
    status = integer(data.get("status"))
    if status != 1:
        state = State.DRAWING if status == 0 else State.UNKNOWN
        return TaskUpdate(key, state, raw=raw(envelope))
    return TaskUpdate(
        key,
        State.SUCCEEDED,
        picture_urls=picture_urls(data),
        audit=Audit(Verdict.MISSING),
        raw=raw(envelope),
    )


def picture_urls(data: Mapping[str, JSON]) -> tuple[str, ...]:
    """``imgUrls[].image`` or bare strings; else ``img``, the first."""
    listed = data.get("imgUrls")
    images = listed if isinstance(listed, list) else []
    urls = [text(mapping(item).get("image")) or text(item) for item in images]
    return tuple(url for url in urls if url) or tuple(
        url for url in [text(data.get("img"))] if url
    )
