// fft
