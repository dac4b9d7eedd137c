"""quantized."""


def quantized(g):
    pass
