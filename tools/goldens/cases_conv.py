"""conv."""


def conv(g):
    pass
