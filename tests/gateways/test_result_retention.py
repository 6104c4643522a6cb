"""For how long a gateway keeps its results: by the provider, or by the settings."""

import datetime

from gateways import result_retention

WEEK = datetime.timedelta(days=7)


def test_jumdata_documents_three_months():
    assert result_retention.result_retention("jumdata") == datetime.timedelta(days=90)


def test_wujie_documents_none():
    assert result_retention.result_retention("wujie") is None
    assert result_retention.undocumented() == ["wujie"]
    assert result_retention.setting("wujie") == "WUJIE_RESULT_DAYS"


def test_the_settings_come_first(settings):
    settings.RESULT_DAYS = {"wujie": 7, "jumdata": 7}
    assert result_retention.result_retention("wujie") == WEEK
    assert result_retention.result_retention("jumdata") == WEEK
    assert result_retention.undocumented() == []


def test_an_unknown_provider_keeps_nothing_known():
    assert result_retention.result_retention("gone") is None
