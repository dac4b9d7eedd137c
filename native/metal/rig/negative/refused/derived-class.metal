// expect: MSL has no derived classes
#include <metal_stdlib>
using namespace metal;
struct A { uint n; };
struct B : A {};
kernel void f(device uint* o [[buffer(0)]], constant B& c [[buffer(1)]], uint t [[thread_position_in_grid]]) { o[t] = c.n; }
