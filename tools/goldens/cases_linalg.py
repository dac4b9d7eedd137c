"""linalg."""


def linalg(g):
    pass
