"""numeric."""


def numeric(g):
    pass
