"""Of a form's hundred settings most stay closed: their fields are not made."""

import copy
from collections import UserDict
from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Field


class FieldsOnDemand(UserDict[str, Field]):
    """A form's own copies of its class's fields, each made and completed when it is
    first asked for."""

    def __init__(self, declared: Mapping[str, Field]) -> None:
        super().__init__()
        self.data = dict(declared)
        self._own: set[str] = set()
        self._completions: dict[str, Callable[[Any], None]] = {}

    def __deepcopy__(self, memo: object) -> "FieldsOnDemand":
        """What Django does with the fields of each new form."""
        return FieldsOnDemand(self.data)

    def __getitem__(self, name: str) -> Field:
        if name not in self._own:
            field = self[name] = copy.deepcopy(self.data[name])
            if complete := self._completions.pop(name, None):
                complete(field)
        return self.data[name]

    def __setitem__(self, name: str, field: Field) -> None:
        self._own.add(name)
        self.data[name] = field

    def complete(self, name: str, how: Callable[[Any], None]) -> None:
        """Once for each field; at once where it is made already."""
        if name in self._own:
            how(self.data[name])
        else:
            self._completions[name] = how
