"""Model names for the spend pages, written when a catalogue is read.

A model that leaves it keeps its name: transfers keep its code.
"""

from collections.abc import Mapping

from spend.models import ModelName

CODE_CHARACTERS, NAME_CHARACTERS = 80, 200


def at(gateway: str) -> dict[str, str]:
    """Code → name, in one query."""
    return dict(ModelName.objects.filter(gateway=gateway).values_list("code", "name"))


def update(gateway: str, names: Mapping[str, str]) -> None:
    """Code → name. Skips empty names and codes too long for a transfer; cuts long
    names."""
    known = at(gateway)
    fitting = {
        code: name[:NAME_CHARACTERS]
        for code, name in names.items()
        if name and len(code) <= CODE_CHARACTERS
    }
    ModelName.objects.bulk_create(
        [
            ModelName(gateway=gateway, code=code, name=name)
            for code, name in fitting.items()
            if known.get(code) != name
        ],
        update_conflicts=True,
        unique_fields=["gateway", "code"],
        update_fields=["name"],
    )
