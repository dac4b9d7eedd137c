"""fft."""


def fft(g):
    pass
