// What kernels write beside their results and what they are given for it: an area of its own for each thread. Static data is only
// read, so that several instances can run on one memory, and start while others run.

let own: usize = memory.data(8192, 16);
/** Tells this instance where its thread's area of 8 KiB begins. */
export function use_own(at: usize): void {
  own = at;
}

/** 256 bytes for the masks of quantised words. */
// @ts-ignore: decorator
@inline
export function ownMasks(): usize {
  return own;
}
/** 48 bytes for the table of quantised codes. */
// @ts-ignore: decorator
@inline
export function ownTable(): usize {
  return own + 256;
}
/** 64 bytes for dims, strides and scratch of a block of Fourier transforms. */
// @ts-ignore: decorator
@inline
export function ownDims(): usize {
  return own + 320;
}
/** 4 KiB for a butterfly of odd radix. */
// @ts-ignore: decorator
@inline
export function ownButterfly(): usize {
  return own + 384;
}
/** 544 bytes for the trials of an encoder of blocks. */
// @ts-ignore: decorator
@inline
export function ownTrials(): usize {
  return own + 4480;
}
/** 2 KiB for the halves of a block of powers. */
// @ts-ignore: decorator
@inline
export function ownPowers(): usize {
  return own + 5056;
}
