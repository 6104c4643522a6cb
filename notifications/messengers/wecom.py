"""WeCom group robots (developer.work.weixin.qq.com, "群机器人配置说明")."""

from notifications.messengers.base import Message, Messenger, Post, json_post


class WeCom(Messenger):
    """The address contains the key; messages are unsigned, a secret is ignored."""

    hosts = ("qyapi.weixin.qq.com",)
    path_prefix = "/cgi-bin/webhook/send"
    code_field = "errcode"

    def write(self, message: Message, address: str, secret: str, at: float) -> Post:
        body = {"msgtype": "text", "text": {"content": message.short_text}}
        return json_post(address, body)
