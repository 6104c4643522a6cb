"""作画参数查询: the parameters of up to six drawings (contract §7.11).

Documented: the request, ``data`` as a list, ``model_code``, each number in two fields.
Other names are those of ``/ai/info`` [assumed].
"""

from typing import Any

from sandbox.core import Sandbox
from sandbox.jobs import Job
from sandbox.wire import Json, Request
from sandbox.wujie import catalogue, prices
from sandbox.wujie.endpoints import BAD_PARAMETER, Refused, body_of, endpoint

MOST_KEYS = 6


@endpoint("POST", "/ai/create_params", "create_params")
def create_params(sandbox: Sandbox, account: str, request: Request) -> list[Json]:
    """Without unknown keys and other operations [assumed]."""
    keys = body_of(request).get("key")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise Refused(BAD_PARAMETER, "非法参数：key")
    found = [sandbox.book.get(key, account) for key in keys if isinstance(key, str)]
    return [
        {"key": job.key, **_doubled(asked_of(job))}
        for job in reversed(found)  # undocumented order
        if job and job.kind == "usual"
    ]


def _doubled(asked: Json) -> Json:
    told: dict[str, Any] = {}
    for name, value in asked.items():
        name = "model_code" if name == "model" else name
        told[name] = value
        if isinstance(value, int | float) and not isinstance(value, bool):
            told[f"{name}_as_string"] = str(value)
    return told


def asked_of(job: Job) -> Json:
    """In the names and types of the reply.

    Other operations than drawings: common fields only [assumed].
    """
    asked = job.request
    if job.kind != "usual":
        return {"prompt": job.prompt, "model_prompt": job.prompt}
    return {
        "prompt": job.prompt,
        "model_prompt": job.prompt,
        "uc_prompt": asked.get("uc_prompt", ""),
        "type": catalogue.MODELS[asked["model"]].type,
        "model": asked["model"],
        "width": job.width,
        "height": job.height,
        "seed": job.seed,
        "init_image_url": asked.get("init_image_url", ""),
        "init_image_similarity": asked.get("init_image_similarity", 50),
        "creativity_degree": asked.get("creativity_degree", 50),
        # Arrays in the request, strings here (contract §14.15).
        "artist": ",".join(asked.get("artists") or [asked.get("artist", "")]),
        "style": ",".join(asked.get("style", [])),
        "image_type": ",".join(asked.get("image_type", [])),
        "element_magic": asked.get("element_magic", []),
        "character_options": asked.get("character", []),
        "model_fusion": _fusion(asked),
        "style_model": asked.get("style_model", ""),
        "pretreatment_image": "",
        "pretreatment_method": asked.get("pretreatment_method"),
        "pattern": asked.get("pattern", ""),
        "steps": asked.get("steps", prices.PRESET_STEPS),
        "cfg": float(asked.get("cfg", 7)),
        "sampler_index": asked.get("sampler_index", 0),
        "hr_second_pass_strength": asked.get("hr_second_pass_strength"),
        "multi_diffusion": asked.get("multi_diffusion"),
        "layer_diffusion": asked.get("layer_diffusion"),
        # No underscore in the request (contract §14.13).
        "cut_diffusion": asked.get("cutdiffusion"),
    }


def _fusion(asked: Json) -> list[Json]:
    """Keys in the request, names here (contract §14.15)."""
    return [
        {
            "name": catalogue.FUSIONS.get(str(entry.get("key")), entry.get("key")),
            "weight": entry.get("weight", 1.0),
        }
        for entry in asked.get("model_fusion", [])
    ]
