// What compiled kernels and the runner agree on. Included by both sides.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct msl_u3 {
  uint32_t x, y, z;
};
/** What MSL's parameter attributes stand for; scalar ones use x. */
struct msl_lane {
  msl_u3 thread_position_in_grid, threadgroup_position_in_grid, thread_position_in_threadgroup, threads_per_threadgroup,
      threads_per_grid, threadgroups_per_grid, dispatch_threads_per_threadgroup, thread_index_in_threadgroup,
      thread_index_in_simdgroup, simdgroup_index_in_threadgroup, threads_per_simdgroup, simdgroups_per_threadgroup;
};
struct msl_arguments {
  void* buffer[31];
  void* threadgroup[31];
};
enum { MSL_END, MSL_POINTER, MSL_REFERENCE, MSL_THREADGROUP };
struct msl_parameter {
  int kind, index;
  /** bytes of what a reference refers to */
  size_t bytes;
  int readOnly;
};
struct msl_kernel {
  const char* name;
  void (*entry)(const msl_arguments*, const msl_lane*);
  const msl_parameter* parameters;
};
/** The values of all lanes of a simd group that met at one call. */
struct msl_exchange {
  alignas(16) char value[32][16];
  uint32_t active, me;
};

extern "C" {
__attribute__((convergent, noduplicate)) void msl_barrier(int flags);
__attribute__((convergent, noduplicate)) void msl_simd_barrier(int flags);
/** Waits for the other active lanes of the simd group. `whole`: the call is defined only when all 32 take part. */
__attribute__((convergent, noduplicate)) void msl_simd_exchange(const void* value, uint32_t bytes, int whole,
                                                                struct msl_exchange* all);
void* msl_threadgroup_variable(int id, size_t bytes, const char* name);
/** A shuffle read a lane that is not active. */
void msl_undefined_lane(const char* call, uint32_t lane);
}
