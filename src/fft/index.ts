// Fourier transforms, under MLX's names.
export {
  fft,
  ifft,
  rfft,
  irfft,
  fft2,
  ifft2,
  rfft2,
  irfft2,
  fftn,
  ifftn,
  rfftn,
  irfftn,
  type Norm,
} from './transform.js';
export { fftfreq, rfftfreq, fftshift, ifftshift } from './frequencies.js';
export { stft, istft, type StftOptions, type IstftOptions, type PadMode } from './stft.js';
