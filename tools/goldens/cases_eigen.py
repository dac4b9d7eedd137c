"""eigen."""


def eigen(g):
    pass
