// Spectral decompositions: what the wrappers call.
export { eigh, eigh_bytes } from './eigen-hermitian';
export { svd, svd_bytes } from './svd';
export { eig, eig_bytes } from './eigen-general';
