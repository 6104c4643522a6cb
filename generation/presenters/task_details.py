"""What ``/ai/info`` says of a picture, for people to read (seed 003); of Jumdata the
one time that it tells (seed 002).

Every documented field has its line; what is absent, empty or not reached yet has none.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateways.providers.base import JSON, Audit
from gateways.providers.reading import count, flag, mapping, parse, rows, text
from gateways.providers.wujie.audits import read_audit
from generation.operations.drawing_parts.reference import PATTERNS
from spend.templatetags.portal import evidence

Words = Mapping[str, str | Promise]
TYPES: Words = {
    "1": gettext_lazy("general"),
    "3": gettext_lazy("comic"),
    "4": gettext_lazy("style"),
    "7": "Midjourney",
}
STATUSES: Words = {
    "0": gettext_lazy("submitted"),
    "11": gettext_lazy("submitted"),
    "1": gettext_lazy("queued there"),
    "2": gettext_lazy("drawing"),
    "4": gettext_lazy("succeeded"),
    "3": gettext_lazy("failed"),
    "12": gettext_lazy("failed"),
    "-1": gettext_lazy("cancelled"),
}
PRETREATMENTS: Words = {
    "INVERT_SCRIBBLE": gettext_lazy("inverted"),
    "FAKE_SCRIBBLE": gettext_lazy("as if scribbled"),
    "SCRIBBLE": gettext_lazy("scribble"),
    "NONE": gettext_lazy("none"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """``lines`` are label and value; ``fine`` those of the expert settings;
    ``about_audit`` what the audit says beside its labels."""

    lines: list[tuple[str, str]]
    fine: list[tuple[str, str]]
    audit: Audit | None
    about_audit: list[tuple[str, str]]


def read(said: Mapping[str, JSON]) -> Told:
    info = said.get("audit_info")
    return Told(
        lines=list(_lines(said)),
        fine=list(_fine(said)),
        audit=read_audit(info, said.get("involve_yellow")) if info else None,
        about_audit=list(_about_audit(info)),
    )


def _lines(said: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    for name, (label, write) in (FIELDS | JUMDATA_FIELDS).items():
        if value := write(said.get(name)):
            yield str(label), value


def parameters(said: Mapping[str, JSON]) -> Iterator[tuple[str, str, str]]:
    """What ``/ai/create_params`` says of a picture: the name on the wire, its label,
    the value. Names that nobody documented stand for themselves."""
    for name, value in said.items():
        label, write = PARAMETERS.get(OTHER_NAMES.get(name, name), ("", None))
        if write and (written := write(value)):
            yield name, str(label), written
        elif not write:
            yield from ((path, path, leaf) for path, leaf in _flat(name, value))


def _fine(said: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    """Nested settings by their own names, to the bottom."""
    for name in ("multi_diffusion", "layer_diffusion", "cut_diffusion"):
        yield from _flat(name, said.get(name))


def _flat(path: str, value: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(f"{path}.{name}", member)
    elif isinstance(value, list):
        for number, member in enumerate(value, 1):
            yield from _flat(f"{path} {number}", member)
    elif value not in (None, ""):
        yield path, evidence(_plain(value))


def _about_audit(info: JSON) -> Iterator[tuple[str, str]]:
    """Both forms: ``check_fail`` … of the newer one, ``vendor`` of the older one."""
    content = mapping(parse(info) if isinstance(info, str) else info)
    for name in ("total_suggestion", "check_fail", "hit", "data_id", "vendor", "url"):
        if content.get(name) not in (None, ""):
            yield name, evidence(_plain(content[name]))


# --- How a value is written; empty where there is nothing to tell


def _plain(value: JSON) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:g}"
    return text(value)


def _address(value: JSON) -> str:
    """Its host alone: what lies there is fetched by the portal only."""
    return evidence(text(value))


def _time(value: JSON) -> str:
    seconds = count(value)
    if not seconds:
        return ""
    at = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return date_format(timezone.localtime(at), "Y-m-d H:i:s")


def _list(value: JSON) -> str:
    entries = value if isinstance(value, list) else [value]
    return _(", ").join(filter(None, map(_plain, entries)))


def _weighted(value: JSON) -> str:
    found = (f"{text(r.get('name'))} × {_plain(r.get('weight'))}" for r in rows(value))
    return _(", ").join(found)


def _yes(value: JSON) -> str:
    return "" if value in (None, "", [], {}) else _plain(flag(value))


def _machine(value: JSON) -> str:
    machine = mapping(value)
    names = ("machine_no", "gpu_type", "power_consumption")
    return " · ".join(filter(None, (_plain(machine.get(name)) for name in names)))


def _failure(value: JSON) -> str:
    code = text(mapping(value).get("fail_code"))
    if code in ("", "0"):
        return ""
    return f"{text(mapping(value).get('fail_message'))} ({code})"


def _of(words: Words) -> Callable[[JSON], str]:
    return lambda value: str(words.get(text(value), text(value)))


#: What ``/ai/create_params`` calls otherwise (contract §14.10).
OTHER_NAMES = {"model_code": "model"}
#: Name on the wire → label, and how it is written. The audit, the expert settings and
#: the prompt as it was typed have places of their own.
FIELDS: dict[str, tuple[str | Promise, Callable[[Any], str]]] = {
    "model_prompt": (gettext_lazy("What the model read"), _plain),
    "uc_prompt": (gettext_lazy("Not in the picture"), _plain),
    "type": (gettext_lazy("Kind of model"), _of(TYPES)),
    "model": (gettext_lazy("Model"), _plain),
    "width": (gettext_lazy("Width"), _plain),
    "height": (gettext_lazy("Height"), _plain),
    "status": (gettext_lazy("Status"), _of(STATUSES)),
    "image_type": (gettext_lazy("Kind of picture"), _plain),
    "style": (gettext_lazy("Style"), _plain),
    "style_model": (gettext_lazy("Style model"), _plain),
    "artist": (gettext_lazy("Artist"), _plain),
    "element_magic": (gettext_lazy("Elements"), _list),
    "character_options": (gettext_lazy("Characters"), _list),
    "model_fusion": (gettext_lazy("Fused models"), _weighted),
    "init_image_url": (gettext_lazy("Picture to begin with"), _address),
    "creativity_degree": (gettext_lazy("Creativity"), _plain),
    "init_image_similarity": (gettext_lazy("Likeness to it (older)"), _plain),
    "pattern": (gettext_lazy("Guided by"), _of(PATTERNS)),
    "pretreatment_method": (gettext_lazy("Its preparation"), _of(PRETREATMENTS)),
    "pretreatment_image": (gettext_lazy("Prepared picture"), _address),
    "steps": (gettext_lazy("Steps"), _plain),
    "cfg": (gettext_lazy("Closeness to the prompt"), _plain),
    "sampler_index": (gettext_lazy("Sampler"), _plain),
    "seed": (gettext_lazy("Seed"), _plain),
    "hr_second_pass_strength": (gettext_lazy("Strength of the second pass"), _plain),
    "generate_time": (gettext_lazy("Queued there"), _time),
    "start_gen_time": (gettext_lazy("Drawing begun"), _time),
    "complete_time": (gettext_lazy("Drawn"), _time),
    "technology_info": (gettext_lazy("Drawn by"), _machine),
    "picture_url": (gettext_lazy("Picture at the gateway"), _address),
    "mini_picture_url": (gettext_lazy("Small copy at the gateway"), _address),
    "involve_yellow": (gettext_lazy("Offends, says the gateway"), _yes),
    "fail_message": (gettext_lazy("Failure"), _failure),
    "integral_cost": (gettext_lazy("Integrals"), _plain),
    "integral_cost_message": (gettext_lazy("Its integrals"), _plain),
}
#: All that Jumdata tells (seed 002): without a zone, so as it is written.
JUMDATA_FIELDS = {"createTime": (gettext_lazy("Asked for, by its clock"), _plain)}
PARAMETERS = {"prompt": (gettext_lazy("Prompt"), _plain), **FIELDS}
