"""What Wujie's codes mean: contract §3.1."""

from collections.abc import Mapping

from gateways.providers.base import ProviderError, Refused, Unavailable

#: Asking again helps only where nothing was made and it was not the
#: request's fault; an empty account and a lost race about a state are refusals too.
CODES: Mapping[str, type[ProviderError]] = {
    "20010018": Unavailable,  # lost a race for a lock: the job was not created
    "20110000": Unavailable,  # the translator of the prompt failed
    "20110026": Unavailable,  # the queue was too long, the job was dropped
} | dict.fromkeys(
    (
        "20010001",  # illegal parameter
        "20010015",  # size not supported
        "20110001",  # sensitive words in the prompt
        "20110002",  # init image: address wrong or not supported
        "20110003",  # init image: sensitive
        "20110009",  # the task's state has changed
        "20110010",  # not enough integrals
        "20110011",  # not queued any more: too late to cancel
        "20110017",  # "检测资源", sense unclear
        "20110018",  # photo not recognised
        "20110019",  # no face, or too small
        "20110020",  # several faces
        "20110021",  # side face
    ),
    Refused,
)
