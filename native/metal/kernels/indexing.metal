// Runs of elements by index. Where an index leads is worked out before, in elements: an offset is added to where a walk is.

// Gathering: of the output, row-major, `inner` neighbours have one offset each, and there are `count` of those before they repeat.
struct Gather {
  Dims dims;
  Walk a;
  uint inner;
  uint count;
  // how far offsets lead: known to whoever made them
  int lowest;
  int highest;
};

template <typename T>
kernel void gather(device const typename T::Stored* a [[buffer(0)]], device const uint* offsets [[buffer(1)]],
                   device typename T::Stored* o [[buffer(2)]], constant Gather& c [[buffer(3)]],
                   uint i [[thread_position_in_grid]]) {
  if (i < c.dims.n) o[i] = a[elementAt(i, c.dims, c.a) + offsets[i / c.inner % c.count]];
}
KERNEL("gather_u8", gather<U8>)
KERNEL("gather_u16", gather<U16>)
KERNEL("gather_u32", gather<U32>)
KERNEL("gather_u64", gather<U64>)

// Scattering: the elements of a line all lie in lines of the output that no other line meets, each at the next offset. Whoever owns a
// place walks all offsets and takes those that lead there, in order, so that sums do not depend on chance: `parts` threads share a line,
// and the offset says whose it is.
struct Scatter {
  Dims dims;
  Walk o;
  Walk b;
  Walk offsets;
  uint count;
  int nextB;
  int nextOffset;
  uint parts;
  int lowest;
  int highest;
};
// Neighbouring multiples of any stride are spread over all owners.
inline uint ownerOf(uint offset, uint parts) { return (offset * 2654435761u >> 16) % parts; }

// What is left of an element where another one comes.
template <typename T>
struct Set {
  static typename T::Stored both(typename T::Stored, typename T::Stored b) { return b; }
};
template <typename T>
struct Add {
  static typename T::Stored both(typename T::Stored a, typename T::Stored b) { return T::store(T::load(a) + T::load(b)); }
};
template <typename T>
struct Product {
  static typename T::Stored both(typename T::Stored a, typename T::Stored b) { return T::store(T::load(a) * T::load(b)); }
};
// NaN wins.
template <typename T>
struct Max {
  static typename T::Stored both(typename T::Stored a, typename T::Stored b) {
    typename T::Value x = T::load(a), y = T::load(b);
    return x != x || x > y ? a : b;
  }
};
template <typename T>
struct Min {
  static typename T::Stored both(typename T::Stored a, typename T::Stored b) {
    typename T::Value x = T::load(a), y = T::load(b);
    return x != x || x < y ? a : b;
  }
};

template <typename T, typename Op>
kernel void scatter(device const typename T::Stored* b [[buffer(0)]], device const uint* offsets [[buffer(1)]],
                    device typename T::Stored* o [[buffer(2)]], constant Scatter& c [[buffer(3)]],
                    uint i [[thread_position_in_grid]]) {
  if (i >= c.dims.n * c.parts) return;
  uint line = i % c.dims.n, own = i / c.dims.n;
  uint to = elementAt(line, c.dims, c.o), from = elementAt(line, c.dims, c.b), at = elementAt(line, c.dims, c.offsets);
  for (uint k = 0; k < c.count; k++, from += uint(c.nextB), at += uint(c.nextOffset)) {
    uint offset = offsets[at];
    if (ownerOf(offset, c.parts) == own) o[to + offset] = Op::both(o[to + offset], b[from]);
  }
}
KERNEL("scatter_set_u8", scatter<U8, Set<U8>>)
KERNEL("scatter_set_u16", scatter<U16, Set<U16>>)
KERNEL("scatter_set_u32", scatter<U32, Set<U32>>)
KERNEL("scatter_set_u64", scatter<U64, Set<U64>>)

#define ALL(T, CODE)                                        \
  KERNEL("scatter_add_" #CODE, scatter<T, Add<T>>)          \
  KERNEL("scatter_prod_" #CODE, scatter<T, Product<T>>)     \
  KERNEL("scatter_max_" #CODE, scatter<T, Max<T>>)          \
  KERNEL("scatter_min_" #CODE, scatter<T, Min<T>>)
ALL(F32, f32)
ALL(F16, f16)
ALL(BF16, bf16)
ALL(I8, i8)
ALL(U8, u8)
ALL(I16, i16)
ALL(U16, u16)
ALL(I32, i32)
ALL(U32, u32)
ALL(I64, i64)
ALL(U64, u64)
