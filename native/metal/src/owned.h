// An owning pointer to an Objective-C object under manual retain and release. Its two makers are the whole rule of ownership.
#pragma once
#if __has_feature(objc_arc)
#error "manual retain and release only: build with -fno-objc-arc"
#endif
#include <utility>

namespace lanewise {

template <class T>
class Owned {
 public:
  Owned() = default;
  /** Takes over what came from new*, alloc, copy or Create* (+1). */
  static Owned adopt(T object) { return Owned(object); }
  /** Keeps what came from anything else (+0, autoreleased) beyond its pool. */
  static Owned retain(T object) { return Owned((T)[(id)object retain]); }
  Owned(const Owned& o) : object_((T)[(id)o.object_ retain]) {}
  Owned(Owned&& o) noexcept : object_(o.object_) { o.object_ = nil; }
  Owned& operator=(Owned o) noexcept {
    std::swap(object_, o.object_);
    return *this;
  }
  ~Owned() { [(id)object_ release]; }
  T get() const { return object_; }
  explicit operator bool() const { return object_ != nil; }

 private:
  explicit Owned(T object) : object_(object) {}
  T object_ = nil;
};

}  // namespace lanewise
