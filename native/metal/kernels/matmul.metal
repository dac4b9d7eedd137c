// Matrix products, batched, of operands with any strides; the output is row-major. A threadgroup of four simd groups makes a tile of
// 32 x 32, each of them 16 x 16 of it as four 8 x 8 matrices. Tiles of the operands are staged in threadgroup memory, zero where the
// matrix has ended, so that ragged edges cost no branch in the inner loop.

constant uint TILE = 32;
constant uint DEPTH = 16;
constant uint THREADS = 128;

struct Operand {
  uint start;
  int row;
  int column;
  int batch[4];
};
struct Matmul {
  uint m;
  uint n;
  uint k;
  uint batchRank;
  uint batchDims[4];
  Operand a;
  Operand b;
};

inline uint batchStart(uint i, constant Matmul& c, constant Operand& x) {
  uint at = x.start;
  for (int axis = int(c.batchRank) - 1; axis >= 0; axis--) {
    at += (i % c.batchDims[axis]) * uint(x.batch[axis]);
    i /= c.batchDims[axis];
  }
  return at;
}

template <typename T>
kernel void matmul(device const typename T::Stored* a [[buffer(0)]], device const typename T::Stored* b [[buffer(1)]],
                   device typename T::Stored* o [[buffer(2)]], constant Matmul& c [[buffer(3)]],
                   uint3 tile [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                   uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float as[TILE * DEPTH];
  threadgroup float bs[DEPTH * TILE];
  threadgroup float os[TILE * TILE];
  uint row0 = tile.y * TILE, column0 = tile.x * TILE;
  uint aStart = batchStart(tile.z, c, c.a), bStart = batchStart(tile.z, c, c.b);
  uint simdRow = (simd / 2) * 16, simdColumn = (simd % 2) * 16;

  simdgroup_float8x8 sums[2][2];
  for (uint i = 0; i < 2; i++)
    for (uint j = 0; j < 2; j++) sums[i][j] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);

  for (uint depth0 = 0; depth0 < c.k; depth0 += DEPTH) {
    // neighbours in memory go to neighbouring threads, whichever way an operand lies
    bool aByRow = c.a.column == 1, bByRow = c.b.column == 1;
    for (uint i = t; i < TILE * DEPTH; i += THREADS) {
      uint r = aByRow ? i / DEPTH : i % TILE, d = aByRow ? i % DEPTH : i / TILE;
      uint row = row0 + r, depth = depth0 + d;
      bool inside = row < c.m && depth < c.k;
      as[r * DEPTH + d] = inside ? T::load(a[aStart + row * uint(c.a.row) + depth * uint(c.a.column)]) : 0.0f;
    }
    for (uint i = t; i < DEPTH * TILE; i += THREADS) {
      uint d = bByRow ? i / TILE : i % DEPTH, col = bByRow ? i % TILE : i / DEPTH;
      uint depth = depth0 + d, column = column0 + col;
      bool inside = depth < c.k && column < c.n;
      bs[d * TILE + col] = inside ? T::load(b[bStart + depth * uint(c.b.row) + column * uint(c.b.column)]) : 0.0f;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint d = 0; d < DEPTH; d += 8) {
      simdgroup_float8x8 left[2];
      simdgroup_float8x8 right[2];
      for (uint i = 0; i < 2; i++) {
        simdgroup_load(left[i], as + (simdRow + i * 8) * DEPTH + d, DEPTH);
        simdgroup_load(right[i], bs + d * TILE + simdColumn + i * 8, TILE);
      }
      for (uint i = 0; i < 2; i++)
        for (uint j = 0; j < 2; j++) simdgroup_multiply_accumulate(sums[i][j], left[i], right[j], sums[i][j]);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }

  for (uint i = 0; i < 2; i++)
    for (uint j = 0; j < 2; j++)
      simdgroup_store(sums[i][j], os + (simdRow + i * 8) * TILE + simdColumn + j * 8, TILE);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = t; i < TILE * TILE; i += THREADS) {
    uint row = row0 + i / TILE, column = column0 + i % TILE;
    if (row < c.m && column < c.n) o[(tile.z * c.m + row) * c.n + column] = T::store(os[i]);
  }
}

KERNEL("matmul_f32", matmul<F32>)
KERNEL("matmul_f16", matmul<F16>)
KERNEL("matmul_bf16", matmul<BF16>)
