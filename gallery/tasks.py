from gallery import deletion


def empty_bin() -> None:
    deletion.erase_due()
