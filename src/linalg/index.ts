export * from './solve.js';
export { norm, cross, type NormOrder } from './norm.js';
export * from './eigen.js';
