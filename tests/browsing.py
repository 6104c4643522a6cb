"""What a browser without JavaScript would send of a form on a page."""

from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """``values`` of the form with that id as they would be sent, ``files`` the names of
    its file inputs, ``options`` what its selects and radio buttons offer."""

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.files: set[str] = set()
        self.options: dict[str, list[str]] = {}
        self.action = ""
        self._form_id, self._is_inside = form_id, False
        self._select, self._is_chosen, self._textarea = "", False, ""
        self.feed(page)
        assert self.action, f"no form {form_id} on the page"

    @property
    def names(self) -> set[str]:
        return {*self.values, *self.options, *self.files}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        each = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = each.get("id") == self._form_id
            self.action = each["action"] if self._is_inside else self.action
        name, value = each.get("name", ""), each.get("value", "")
        if not self._is_inside or "disabled" in each:
            return
        if tag == "option":
            self._offer(self._select, value)
            if "selected" in each or not self._is_chosen:
                self.values[self._select] = [value]
            self._is_chosen = self._is_chosen or "selected" in each
        elif tag == "select":
            self._select, self._is_chosen = name, False
        elif tag == "textarea":
            self._textarea = name
            self.values[name] = [""]
        elif tag == "input" and name:
            kind = each.get("type", "text")
            if kind == "checkbox":
                value = each.get("value", "on")
            self._input(kind, name, value, "checked" in each)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] = [data.removeprefix("\n")]

    def _input(self, kind: str, name: str, value: str, is_checked: bool) -> None:
        if kind == "file":
            self.files.add(name)
            return
        if kind in ("radio", "checkbox"):
            self._offer(name, value)
        if is_checked or kind not in ("radio", "checkbox", "submit", "button"):
            self.values.setdefault(name, []).append(value)

    def _offer(self, name: str, value: str) -> None:
        self.options.setdefault(name, []).append(value)

    def filled(self, typed: dict[str, Any]) -> dict[str, list[str]]:
        """With what somebody typed; each must be there to be typed into."""
        assert set(typed) <= self.names, set(typed) - self.names
        lists = {
            name: [*value] if isinstance(value, list | tuple) else [str(value)]
            for name, value in typed.items()
        }
        return {**self.values, **lists}
