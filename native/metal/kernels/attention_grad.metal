// Gradients of attention. With P the weights, G the cotangents of the output and Z = G V^T: T = P (Z - rowsum(P Z)), dQ = scale T K,
// dK = scale T^T Q and dV = P^T G. Scores and weights are never stored: each pass makes them anew, 32 rows by 32 keys at a time.
//
// sdpa_grad_rows: a threadgroup for 32 rows leaves what the other passes need of each: the base of its exponentials, 1 / their sum, and
// rowsum(P Z).
// sdpa_grad_queries, sdpa_grad_keys, sdpa_grad_values: a threadgroup for 32 rows of dQ, dK or dV and up to 128 of their columns, 8 rows a
// simd group, into one output that has the three one after the other. It takes all that adds to them in order, so that heads that share
// keys need no atomics and sums do not depend on chance.

#include "attend.metal"

struct Gradient {
  Attention of;
  Operand g;
};
constant uint FIGURES = 3;

// Where what is known of row r of a key head begins.
inline uint figuresAt(constant Attention& c, uint batch, uint head, uint r) {
  return ((batch * c.heads + head) * c.group * c.queries + r) * FIGURES;
}
// The first row that sees a key.
inline uint firstToSee(constant Attention& c, uint key) {
  return c.causal ? uint(max(int(key) + int(c.queries) - int(c.keys), 0)) * c.group : 0;
}

template <typename T>
kernel void rowFigures(device const typename T::Stored* q [[buffer(0)]], device const typename T::Stored* k [[buffer(1)]],
                       device const typename T::Stored* v [[buffer(2)]], device const uchar* mask [[buffer(3)]],
                       device const typename T::Stored* g [[buffer(4)]], device float* o [[buffer(5)]],
                       constant Gradient& c [[buffer(6)]], uint3 place [[threadgroup_position_in_grid]],
                       uint t [[thread_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]],
                       uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float tile[TILE * WIDE];
  threadgroup float scores[TILE * TILE];
  threadgroup float along[TILE * TILE];
  constant Attention& of = c.of;
  uint batch = place.z / of.heads, head = place.z % of.heads, row0 = place.x * TILE;
  Rows<T> queries = queryRows<T>(q, of.q, of, batch, head, of.depth, of.scale);
  Rows<T> cotangents = queryRows<T>(g, c.g, of, batch, head, of.width, 1.0f);
  Rows<T> keys = keyRows<T>(k, of.k, of, batch, head, of.depth), values = keyRows<T>(v, of.v, of, batch, head, of.width);
  threadgroup float* p = scores + simd * 8 * TILE;
  threadgroup float* z = along + simd * 8 * TILE;
  // four lanes share a row, of which each takes every fourth element
  uint row = row0 + simd * 8 + lane / 4, rows = queries.count;
  uint seen = row < rows ? seenBy(of, row) : 0, last = seenBy(of, min(row0 + TILE, rows) - 1);
  uint maskRow = rowAt(of.mask, batch, head, of.group, row);
  float high = -INFINITY, sum = 0.0f, mean = 0.0f;
  simdgroup_float8x8 keptQ[WIDE / 8];
  simdgroup_float8x8 keptG[WIDE / 8];

  for (uint key0 = 0; key0 < last; key0 += TILE) {
    dots<T>(cotangents, row0, key0 == 0, values, key0, tile, z, keptG, t, simd);
    dots<T>(queries, row0, key0 == 0, keys, key0, tile, p, keptQ, t, simd);
    float score[TILE / 4];
    float most = high;
    for (uint j = 0; j < TILE / 4; j++) {
      uint n = j * 4 + lane % 4, key = key0 + n;
      score[j] = key < seen ? masked<T>(p[lane / 4 * TILE + n], mask, of, maskRow, key) : -INFINITY;
      most = max(most, score[j]);
    }
    most = max(most, simd_shuffle_xor(most, 1));
    most = max(most, simd_shuffle_xor(most, 2));
    float factor = rescale(high, most);
    high = most;
    sum *= factor;
    mean *= factor;
    for (uint j = 0; j < TILE / 4; j++) {
      float weight = precise::exp(score[j] - baseOf(high));
      sum += weight;
      mean = fma(weight, z[lane / 4 * TILE + j * 4 + lane % 4], mean);
    }
    simdgroup_barrier(mem_flags::mem_threadgroup);
  }

  sum += simd_shuffle_xor(sum, 1);
  sum += simd_shuffle_xor(sum, 2);
  mean += simd_shuffle_xor(mean, 1);
  mean += simd_shuffle_xor(mean, 2);
  float scale = sum == 0.0f ? 0.0f : 1.0f / sum;  // a row that saw nothing has weights of zero
  if (row < rows && lane % 4 == 0) {
    uint at = figuresAt(of, batch, head, row);
    o[at] = baseOf(high);
    o[at + 1] = scale;
    o[at + 2] = mean * scale;
  }
}

constant uint QUERIES = 0;
constant uint KEYS = 1;
constant uint VALUES = 2;

// Where the gradients of an operand begin in the output.
inline uint firstOf(constant Attention& c, uint operand) {
  uint queries = c.group * c.queries * c.depth, keys = c.keys * c.depth;
  return c.batches * c.heads * ((operand > QUERIES ? queries : 0) + (operand > KEYS ? keys : 0));
}

template <typename T, uint OF>
kernel void gradient(device const typename T::Stored* q [[buffer(0)]], device const typename T::Stored* k [[buffer(1)]],
                     device const typename T::Stored* v [[buffer(2)]], device const uchar* mask [[buffer(3)]],
                     device const typename T::Stored* g [[buffer(4)]], device const float* figures [[buffer(5)]],
                     device float* o [[buffer(6)]], constant Gradient& c [[buffer(7)]],
                     uint3 place [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                     uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float tile[TILE * WIDE];
  threadgroup float weights[TILE * TILE];
  threadgroup float along[TILE * TILE];
  constant Attention& of = c.of;
  uint batch = place.z / of.heads, head = place.z % of.heads, own0 = place.x * TILE, column0 = place.y * WIDE;
  Rows<T> queries = queryRows<T>(q, of.q, of, batch, head, of.depth, of.scale);
  Rows<T> cotangents = queryRows<T>(g, c.g, of, batch, head, of.width, 1.0f);
  Rows<T> keys = keyRows<T>(k, of.k, of, batch, head, of.depth), values = keyRows<T>(v, of.v, of, batch, head, of.width);
  // tiles are of own rows by others: of queries by keys, or of keys by queries
  Rows<T> own = OF == QUERIES ? queries : keys, other = OF == QUERIES ? keys : queries;
  Rows<T> ownZ = OF == QUERIES ? cotangents : values, otherZ = OF == QUERIES ? values : cotangents;
  Rows<T> factors = OF == VALUES ? cotangents : other;
  threadgroup float* p = weights + simd * 8 * TILE;
  threadgroup float* z = along + simd * 8 * TILE;
  uint mine = own0 + simd * 8 + lane / 4, width = min(WIDE, factors.columns - column0);
  uint begin = OF == QUERIES ? 0 : firstToSee(of, own0);
  uint end = OF == QUERIES ? seenBy(of, min(own0 + TILE, own.count) - 1) : other.count;

  simdgroup_float8x8 kept[WIDE / 8];
  simdgroup_float8x8 keptZ[WIDE / 8];
  simdgroup_float8x8 results[WIDE / 8];
  for (uint i = 0; i < WIDE / 8; i++) results[i] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);

  for (uint other0 = begin; other0 < end; other0 += TILE) {
    if (OF != VALUES) dots<T>(ownZ, own0, other0 == begin, otherZ, other0, tile, z, keptZ, t, simd);
    dots<T>(own, own0, other0 == begin, other, other0, tile, p, kept, t, simd);
    for (uint j = 0; j < TILE / 4; j++) {
      uint n = j * 4 + lane % 4, i = lane / 4 * TILE + n;
      uint row = OF == QUERIES ? mine : other0 + n, key = OF == QUERIES ? other0 + n : mine;
      float weight = 0.0f;
      if (row < queries.count && key < seenBy(of, row)) {
        uint at = figuresAt(of, batch, head, row);
        float score = masked<T>(p[i], mask, of, rowAt(of.mask, batch, head, of.group, row), key);
        weight = precise::exp(score - figures[at]) * figures[at + 1];
        if (OF != VALUES) weight *= z[i] - figures[at + 2];
      }
      p[i] = weight;
    }
    simdgroup_barrier(mem_flags::mem_threadgroup);
    if (OF == VALUES || factors.columns > WIDE) {  // else they still are in the tile
      stage<T>(factors, other0, column0, tile, t);
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    for (uint j = 0; j < TILE / 8; j++) {
      simdgroup_float8x8 left;
      simdgroup_load(left, p + j * 8, TILE);
      for (uint i = 0; i < WIDE / 8; i++)
        if (i * 8 < width) {
          simdgroup_float8x8 right;
          simdgroup_load(right, tile + j * 8 * WIDE + i * 8, WIDE);
          simdgroup_multiply_accumulate(results[i], left, right, results[i]);
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }

  // queries were scaled when they were staged
  float scale = OF == QUERIES ? of.scale : 1.0f;
  uint result = OF == QUERIES ? resultRow(of, batch, head, mine) : (batch * of.heads + head) * of.keys + mine;
  uint to = firstOf(of, OF) + result * factors.columns + column0;
  for (uint i = 0; i < WIDE / 8; i++)
    if (i * 8 < width) {
      simdgroup_store(results[i], p, 8);
      simdgroup_barrier(mem_flags::mem_threadgroup);
      for (uint j = lane % 4; j < 8; j += 4)
        if (mine < own.count && i * 8 + j < width) o[to + i * 8 + j] = p[lane / 4 * 8 + j] * scale;
      simdgroup_barrier(mem_flags::mem_threadgroup);
    }
}

#define FLOATS(T, CODE)                                    \
  KERNEL("sdpa_grad_rows_" #CODE, rowFigures<T>)           \
  KERNEL("sdpa_grad_queries_" #CODE, gradient<T, QUERIES>) \
  KERNEL("sdpa_grad_keys_" #CODE, gradient<T, KEYS>)       \
  KERNEL("sdpa_grad_values_" #CODE, gradient<T, VALUES>)
FLOATS(F32, f32)
FLOATS(F16, f16)
FLOATS(BF16, bf16)
