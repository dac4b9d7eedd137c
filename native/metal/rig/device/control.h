// The test's side of the software device. Not there on macOS.
#pragma once
#include <stddef.h>

#ifndef RIG_API
#define RIG_API __attribute__((visibility("default")))
#endif

/** What lives now. `bytes` are those of allocated buffers, `wrapped` those that belong to others. */
struct RigCounts {
  long objects, buffers, bytes, wrapped, commands, encoders;
  /** live objects of all classes, Foundation's too; 0 unless LANEWISE_RIG_COUNT_ALL=1 */
  long foundation;
};
extern "C" RIG_API RigCounts RigGetCounts();
/** Takes the oldest finding of the checker or of the API checks. @returns false when there is none */
extern "C" RIG_API bool RigTakeReport(char* out, size_t room);
/**
 * Sets a switch; false when there is none of that name.
 *
 * - `check` (1): run kernels under the checker; `order` (0): 0 forward, 1 reverse, 2 shuffled
 * - `max-threads` (1024), `max-buffer` (4 GiB), `working-set` (8 GiB): limits of the device
 * - `no-device`: there is none
 * - `refuse-allocation`, `refuse-no-copy`, `refuse-pipeline`, `refuse-library`: how many of the next are refused; -1: all
 * - `command-error`: the code with which the next command buffer fails; 11 is a device that is gone, and stays gone until it is
 *   created again
 */
extern "C" RIG_API bool RigSet(const char* name, double value);
