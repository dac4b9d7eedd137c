// What attention and its gradients have in common: operands with any strides, masks, and products of 32 rows by 32 others. Query heads
// that share keys are worked on together: row r of a key head is query r / group of its head r % group.

constant uint TILE = 32;
constant uint WIDE = 128;
constant uint THREADS = 128;

struct Operand {
  uint start;
  int batch;
  int head;
  int row;
  int column;
};
struct Attention {
  uint batches;
  uint heads;
  uint group;
  uint queries;
  uint keys;
  uint depth;
  uint width;
  float scale;
  uint causal;
  uint masked;
  uint parts;
  Operand q;
  Operand k;
  Operand v;
  Operand mask;
};
constant uint BOOL_MASK = 1;
constant uint ADDED_MASK = 2;

// Where row r of key head `head` of an operand begins; keys and values are heads of one row each, a group of 1.
inline uint rowAt(constant Operand& x, uint batch, uint head, uint group, uint r) {
  return x.start + batch * uint(x.batch) + (head * group + r % group) * uint(x.head) + (r / group) * uint(x.row);
}
// Which row of a row-major result row r of a key head is.
inline uint resultRow(constant Attention& c, uint batch, uint head, uint r) {
  return ((batch * c.heads + head) * c.group + r % c.group) * c.queries + r / c.group;
}
// Keys that row r may see.
inline uint seenBy(constant Attention& c, uint r) {
  return c.causal ? uint(clamp(int(r / c.group) + 1 + int(c.keys) - int(c.queries), 0, int(c.keys))) : c.keys;
}
// A score under the mask, whose row begins at `at`.
template <typename T>
inline float masked(float score, device const uchar* mask, constant Attention& c, uint at, uint key) {
  uint i = at + key * uint(c.mask.column);
  if (c.masked == BOOL_MASK) return mask[i] ? score : -INFINITY;
  return c.masked == ADDED_MASK ? score + T::load(((device const typename T::Stored*)mask)[i]) : score;
}
// What exp is taken of differences to: the largest score, or 0 where none is above -infinity.
inline float baseOf(float high) { return high == -INFINITY ? 0.0f : high; }
// What sums made with the base of `before` become with that of `high`.
inline float rescale(float before, float high) { return before == high ? 1.0f : precise::exp(before - baseOf(high)); }

// The rows of an operand that belong to one key head, times `factor`.
template <typename T>
struct Rows {
  device const typename T::Stored* x;
  constant Operand* at;
  uint batch;
  uint head;
  uint group;
  uint count;
  uint columns;
  float factor;
};
template <typename T>
inline Rows<T> queryRows(device const typename T::Stored* x, constant Operand& at, constant Attention& c, uint batch, uint head,
                         uint columns, float factor) {
  return Rows<T>{x, &at, batch, head, c.group, c.group * c.queries, columns, factor};
}
template <typename T>
inline Rows<T> keyRows(device const typename T::Stored* x, constant Operand& at, constant Attention& c, uint batch, uint head,
                       uint columns) {
  return Rows<T>{x, &at, batch, head, 1, c.keys, columns, 1.0f};
}

// 32 of the rows from `first` on, columns `column` to `column + WIDE`, with zeros around them. A simd group takes every fourth row.
template <typename T>
inline void stage(Rows<T> a, uint first, uint column, threadgroup float* tile, uint t) {
  uint wide = min(WIDE, (a.columns - column + 7) / 8 * 8);
  for (uint r = t / 32; r < TILE; r += THREADS / 32) {
    uint row = rowAt(*a.at, a.batch, a.head, a.group, first + r);
    for (uint k = t % 32; k < wide; k += 32) {
      bool inside = first + r < a.count && column + k < a.columns;
      tile[r * WIDE + k] = inside ? T::load(a.x[row + (column + k) * uint(a.at->column)]) * a.factor : 0.0f;
    }
  }
}

// Products of 32 rows of a by 32 rows of b; each simd group has those of 8 rows of a, row-major in `own`. Rows of a that fit stay in
// registers, `kept`, after the call that is `fresh`; the last columns of b stay in `tile`.
template <typename T>
inline void dots(Rows<T> a, uint a0, bool fresh, Rows<T> b, uint b0, threadgroup float* tile, threadgroup float* own,
                 thread simdgroup_float8x8* kept, uint t, uint simd) {
  simdgroup_float8x8 products[TILE / 8];
  for (uint j = 0; j < TILE / 8; j++) products[j] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
  for (uint column = 0; column < a.columns; column += WIDE) {
    if (fresh || a.columns > WIDE) {
      stage<T>(a, a0, column, tile, t);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (uint i = 0; i < WIDE / 8; i++)
        if (column + i * 8 < a.columns) simdgroup_load(kept[i], tile + simd * 8 * WIDE + i * 8, WIDE);
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    stage<T>(b, b0, column, tile, t);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint i = 0; i < WIDE / 8; i++)
      if (column + i * 8 < a.columns)
        for (uint j = 0; j < TILE / 8; j++) {
          simdgroup_float8x8 other;
          simdgroup_load(other, tile + j * 8 * WIDE + i * 8, WIDE, ulong2(0), true);
          simdgroup_multiply_accumulate(products[j], kept[i], other, products[j]);
        }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  for (uint j = 0; j < TILE / 8; j++) simdgroup_store(products[j], own + j * 8, TILE);
  simdgroup_barrier(mem_flags::mem_threadgroup);
}
