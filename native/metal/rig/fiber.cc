#include "fiber.h"

#include <sys/mman.h>

#include <new>

#ifndef __x86_64__
#error "the rig switches stacks in x86-64 assembly; fiber.cc is the place for another machine"
#endif

// Callee-saved registers stay on the stack that is left; `to` is a stack that was left like this.
extern "C" void rig_switch(void** from, void* to);
asm(R"(
.text
.globl rig_switch
.hidden rig_switch
.type rig_switch,@function
rig_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size rig_switch,.-rig_switch
)");

namespace rig {

Fiber::Fiber(void (*main)()) {
  void* m = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (m == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<char*>(m);
  mprotect(stack_, 4096, PROT_NONE);
  void** s = reinterpret_cast<void**>(stack_ + kStack - 16);
  *--s = nullptr;  // what `main` would return to: it never does
  *--s = reinterpret_cast<void*>(main);
  for (int i = 0; i < 6; i++) *--s = nullptr;
  top_ = s;
}
Fiber::~Fiber() { munmap(stack_, kStack); }
void Fiber::enter(void** home) { rig_switch(home, top_); }
void Fiber::leave(void* home) { rig_switch(&top_, home); }

}  // namespace rig
