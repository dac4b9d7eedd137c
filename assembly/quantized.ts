// quantized
