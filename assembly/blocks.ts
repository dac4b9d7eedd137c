// Matrices in GGUF's block formats.
export { blocks_decode } from './blocks-decode';
export { blocks_encode } from './blocks-encode';
