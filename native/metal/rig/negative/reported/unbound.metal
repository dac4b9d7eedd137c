// expect: api: kernel f: buffer\(1\) is not bound
// groups 1 threads 32 buffers 64
#include <metal_stdlib>
using namespace metal;
kernel void f(device float* o [[buffer(0)]], device float* p [[buffer(1)]], uint t [[thread_position_in_grid]]) { o[t] = p[t]; }
