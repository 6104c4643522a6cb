"""What pages call Wujie's fields: ``/ai/info`` (seed 003), ``/ai/create_params``
(contract wujie §7.11). Every documented field has its line."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from gateways.providers.base import JSON, Audit, Text
from gateways.providers.faults import Fault
from gateways.providers.reading import flag, mapping, parse, rows, text
from gateways.providers.task_fields import (
    Field,
    Vocabulary,
    address,
    one_of,
    plain,
    several,
)
from gateways.providers.wujie.answers import moment
from gateways.providers.wujie.audits import read_audit

Words = Mapping[str, Text]
TYPES: Words = {"1": _("general"), "3": _("comic"), "4": _("style"), "7": "Midjourney"}
STATUSES: Words = {
    "0": _("submitted"),
    "11": _("submitted"),
    "1": _("queued"),
    "2": _("generating"),
    "4": _("succeeded"),
    "3": _("failed"),
    "12": _("failed"),
    "-1": _("cancelled"),
}
#: What guides a drawing (ControlNet).
PATTERNS: Words = {
    "CANNY": _("edges"),
    "OPENPOSE": _("pose"),
    "DEPTH": _("depth"),
    "HED": _("soft edges"),
    "MLSD": _("straight lines"),
    "NORMAL": _("surfaces"),
    "SCRIBBLE": _("scribble"),
    "SEG": _("areas"),
}
PRETREATMENTS: Words = {
    "INVERT_SCRIBBLE": _("inverted"),
    "FAKE_SCRIBBLE": _("as if scribbled"),
    "SCRIBBLE": _("scribble"),
    "NONE": _("none"),
}
#: Beside the labels: the newer form, then the older's vendor.
AUDIT_FACTS = ("total_suggestion", "check_fail", "hit", "data_id", "vendor", "url")


def weighted(value: JSON) -> tuple[str, ...]:
    pairs = ((text(row.get("name")), plain(row.get("weight"))) for row in rows(value))
    return tuple(f"{name} × {weight}" for name, weight in pairs)


def yes_or_no(value: JSON) -> str:
    return "" if value in (None, "", [], {}) else plain(flag(value))


def machine(value: JSON) -> str:
    said = mapping(value)
    names = ("machine_no", "gpu_type", "power_consumption")
    return " · ".join(filter(None, (plain(said.get(name)) for name in names)))


def failure(value: JSON) -> str:
    """Code 0 is none."""
    said = mapping(value)
    code = text(said.get("fail_code"))
    return "" if code in ("", "0") else f"{text(said.get('fail_message'))} ({code})"


def audit(said: Mapping[str, JSON]) -> Audit | None:
    info = said.get("audit_info")
    return read_audit(info, said.get("involve_yellow")) if info else None


def audit_facts(said: Mapping[str, JSON]) -> Mapping[str, JSON]:
    info = said.get("audit_info")
    content = mapping(parse(info) if isinstance(info, str) else info)
    found = {name: content.get(name) for name in AUDIT_FACTS}
    return {name: value for name, value in found.items() if value not in (None, "")}


#: Without audit, nested settings and typed prompt: the page shows these elsewhere.
FIELDS: Mapping[str, Field] = {
    "model_prompt": Field(_("Prompt sent to the model")),
    "uc_prompt": Field(_("Negative prompt")),
    "type": Field(_("Kind of model"), one_of(TYPES)),
    "model": Field(_("Model")),
    "width": Field(_("Width")),
    "height": Field(_("Height")),
    "status": Field(_("Status"), one_of(STATUSES)),
    "image_type": Field(_("Kind of picture")),
    "style": Field(_("Style")),
    "style_model": Field(_("Style model")),
    "artist": Field(_("Artist")),
    "element_magic": Field(_("Elements"), several),
    "character_options": Field(_("Characters"), several),
    "model_fusion": Field(_("Fused models"), weighted),
    "init_image_url": Field(_("Image prompt"), address),
    "creativity_degree": Field(_("Creativity")),
    "init_image_similarity": Field(_("Similarity to the image prompt")),
    "pattern": Field(_("Guided by"), one_of(PATTERNS)),
    "pretreatment_method": Field(_("Preprocessing"), one_of(PRETREATMENTS)),
    "pretreatment_image": Field(_("Preprocessed image"), address),
    "steps": Field(_("Steps")),
    "cfg": Field(_("Guidance scale (CFG)")),
    "sampler_index": Field(_("Sampler")),
    "seed": Field(_("Seed")),
    "hr_second_pass_strength": Field(_("Strength of the second pass")),
    "generate_time": Field(_("Queued at"), moment),
    "start_gen_time": Field(_("Started"), moment),
    "complete_time": Field(_("Finished"), moment),
    "technology_info": Field(_("Machine"), machine),
    "picture_url": Field(_("Picture at the gateway"), address),
    "mini_picture_url": Field(_("Small copy at the gateway"), address),
    "involve_yellow": Field(_("Flagged by the gateway"), yes_or_no),
    "fail_message": Field(_("Failure"), failure),
    "integral_cost": Field(_("Integrals")),
    "integral_cost_message": Field(_("Charge")),
}
#: Of the task, its machine and its files; not of the picture.
TECHNICAL = frozenset(
    {
        *("type", "status", "image_type", "init_image_url", "pretreatment_image"),
        *("generate_time", "start_gen_time", "complete_time", "technology_info"),
        *("picture_url", "mini_picture_url", "involve_yellow", "fail_message"),
        *("integral_cost", "integral_cost_message", "width", "height"),
        "sampler_index",  # a number of the gateway's list
    }
)
VOCABULARY = Vocabulary(
    gateway=_("Wujie"),
    fields=FIELDS,
    parameters={"prompt": Field(_("Prompt")), **FIELDS},
    synonyms={"model_code": "model"},  # contract wujie §14.10
    technical=TECHNICAL,
    nested=("multi_diffusion", "layer_diffusion", "cut_diffusion"),
    audit=audit,
    audit_facts=audit_facts,
    faults={
        Fault.UNASKABLE: _(
            "The gateway drew it, but where to ask for the pictures is not configured. "
            "An admin has to set WUJIE_IMAGES_QUERY_PATH."
        )
    },
)
