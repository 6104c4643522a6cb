from log import heads


def keep_heads() -> None:
    heads.keep()
