"""What all forms of operations share."""

from gateways.catalogue import Catalogue
from generation.operations import OPERATIONS


def test_a_form_has_fields_of_its_own_made_on_demand():
    form_class = OPERATIONS["wujie-drawing"].form_class
    declared = form_class.base_fields
    first, second = (form_class(prefill={}, catalogue=Catalogue()) for _ in range(2))
    first.fields["prompt"].widget.attrs["rows"] = 9
    for others in (second.fields["prompt"], declared["prompt"]):
        assert others.widget.attrs["rows"] != 9
    assert list(first.fields)[:2] == ["prompt", "init_image"]  # in the form's order
    assert first.fields["prompt"] is first.fields["prompt"]
    assert dict(first.fields.items())["prompt"] is first.fields.get("prompt")
    assert first.fields.get("nothing", 3) == 3
    assert not {id(one) for one in first.fields.values()} & {
        id(one) for one in declared.values()
    }
