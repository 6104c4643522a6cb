"""Messengers by channel kind. A new platform: its file, and a line here."""

from collections.abc import Mapping

from notifications.messengers.base import Messenger
from notifications.messengers.dingtalk import DingTalk
from notifications.messengers.feishu import Feishu
from notifications.messengers.json_webhook import JsonWebhook
from notifications.messengers.wecom import WeCom

MESSENGERS: Mapping[str, Messenger] = {
    "feishu": Feishu(),
    "dingtalk": DingTalk(),
    "wecom": WeCom(),
    "json": JsonWebhook(),
}
