// Planners of the kernels of transformers, of rows by index, of random bits and of order.
#pragma once
#include "plan.h"

namespace lanewise {

bool planAttention(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planAttentionGradient(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planMerge(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planRope(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planGather(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planScatter(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planRandom(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planSortRuns(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);
bool planMergeRuns(const KernelName& k, const Words& w, uint32_t maxThreads, Plan& p, Failure& f);

}  // namespace lanewise
