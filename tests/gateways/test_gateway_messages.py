"""What went wrong, in the reader's language, whoever wrote the row."""

import pytest
from django.utils import translation

from gateways import gateway_messages
from gateways.providers.faults import Fault
from gateways.providers.jumdata import codes as jumdata
from gateways.providers.wujie import codes as wujie


def test_every_fault_has_a_meaning():
    assert set(gateway_messages.FAULTS) == set(Fault)


@pytest.mark.parametrize("provider", [wujie, jumdata])
def test_every_known_code_has_a_meaning(provider):
    """One has none: what the contract calls its sense unclear."""
    name = provider.__name__.split(".")[2]
    silent = {
        code for code in provider.CODES if not gateway_messages.meaning(name, code)
    }
    assert silent <= {"20110017"}


def test_the_gateways_own_words_stand_beside_for_those_who_read_them():
    said = ("wujie", "20010015", "暂时无法支持的尺寸")
    means = "The gateway does not draw this size. Try another."
    assert gateway_messages.explain(*said) == means
    told = gateway_messages.explain(*said[:2], "size not supported")
    assert told == f"{means} The gateway says: size not supported (20010015)."
    with translation.override("zh-hans"):
        assert "暂时无法支持的尺寸" in gateway_messages.explain(*said)


def test_a_code_that_nobody_knows_is_the_gateways_words_alone():
    assert gateway_messages.explain("wujie", "7", "无") == "The gateway says: 无 (7)."


def test_a_fault_of_the_way_is_told_without_its_technical_reason():
    told = gateway_messages.explain("wujie", Fault.LOST, "ReadError: connection reset")
    assert told == "The gateway's answer was lost."


def test_the_readers_language_counts():
    with translation.override("zh-hans"):
        told = gateway_messages.explain("jumdata", "202", "文本黄反拦截")
    assert told == (
        "提示词含有服务商不允许的内容，请修改。服务商原文：文本黄反拦截 (202)。"
    )
