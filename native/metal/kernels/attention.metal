// Scaled dot product attention, softmax(scale * q k^T + mask) v; the output is row-major.
//
// sdpa: a threadgroup for 32 rows and up to 128 columns of the output, 8 rows a simd group. Keys come in tiles of 32; each row keeps its
// largest score and the sum of its weights so far, and what was summed is scaled when a larger score comes, so scores are never stored.
// sdpa_decode: a threadgroup for each row, for few queries over many keys; its simd groups share the keys. sdpa_split does it for parts
// of the keys, which sdpa_merge brings together.

#include "attend.metal"

constant uint SIMDS = 8;
constant uint PER_LANE = 8;

template <typename T>
kernel void sdpa(device const typename T::Stored* q [[buffer(0)]], device const typename T::Stored* k [[buffer(1)]],
                 device const typename T::Stored* v [[buffer(2)]], device const uchar* mask [[buffer(3)]],
                 device typename T::Stored* o [[buffer(4)]], constant Attention& c [[buffer(5)]],
                 uint3 place [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                 uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float tile[TILE * WIDE];
  threadgroup float scores[TILE * TILE];
  threadgroup float spill[TILE * 8];
  uint rows = c.group * c.queries, row0 = place.x * TILE, column0 = place.y * WIDE;
  uint batch = place.z / c.heads, head = place.z % c.heads;
  Rows<T> queries = queryRows<T>(q, c.q, c, batch, head, c.depth, c.scale);
  Rows<T> keys = keyRows<T>(k, c.k, c, batch, head, c.depth), values = keyRows<T>(v, c.v, c, batch, head, c.width);
  threadgroup float* own = scores + simd * 8 * TILE;
  threadgroup float* spilt = spill + simd * 64;
  uint width = min(WIDE, c.width - column0);
  // four lanes share a row, of which each takes every fourth element
  uint row = row0 + simd * 8 + lane / 4;
  uint seen = row < rows ? seenBy(c, row) : 0, last = seenBy(c, min(row0 + TILE, rows) - 1);
  uint maskRow = rowAt(c.mask, batch, head, c.group, row);
  float high = -INFINITY, sum = 0.0f;

  simdgroup_float8x8 kept[WIDE / 8];
  simdgroup_float8x8 results[WIDE / 8];
  for (uint i = 0; i < WIDE / 8; i++) results[i] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);

  for (uint key0 = 0; key0 < last; key0 += TILE) {
    dots<T>(queries, row0, key0 == 0, keys, key0, tile, own, kept, t, simd);

    float score[TILE / 4];
    float most = high;
    for (uint j = 0; j < TILE / 4; j++) {
      uint n = j * 4 + lane % 4, key = key0 + n;
      score[j] = key < seen ? masked<T>(own[lane / 4 * TILE + n], mask, c, maskRow, key) : -INFINITY;
      most = max(most, score[j]);
    }
    most = max(most, simd_shuffle_xor(most, 1));
    most = max(most, simd_shuffle_xor(most, 2));
    float factor = rescale(high, most);
    high = most;
    sum *= factor;
    for (uint j = 0; j < TILE / 4; j++) {
      float weight = precise::exp(score[j] - baseOf(high));
      own[lane / 4 * TILE + j * 4 + lane % 4] = weight;
      sum += weight;
    }
    if (key0 != 0 && simd_any(factor != 1.0f))
      for (uint i = 0; i < WIDE / 8; i++)
        if (i * 8 < width) {
          simdgroup_store(results[i], spilt, 8);
          simdgroup_barrier(mem_flags::mem_threadgroup);
          for (uint j = lane % 4; j < 8; j += 4) spilt[lane / 4 * 8 + j] *= factor;
          simdgroup_barrier(mem_flags::mem_threadgroup);
          simdgroup_load(results[i], spilt, 8);
          simdgroup_barrier(mem_flags::mem_threadgroup);
        }

    stage<T>(values, key0, column0, tile, t);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint j = 0; j < TILE / 8; j++) {
      simdgroup_float8x8 weights;
      simdgroup_load(weights, own + j * 8, TILE);
      for (uint i = 0; i < WIDE / 8; i++)
        if (i * 8 < width) {
          simdgroup_float8x8 value;
          simdgroup_load(value, tile + j * 8 * WIDE + i * 8, WIDE);
          simdgroup_multiply_accumulate(results[i], weights, value, results[i]);
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }

  sum += simd_shuffle_xor(sum, 1);
  sum += simd_shuffle_xor(sum, 2);
  float scale = sum == 0.0f ? 0.0f : 1.0f / sum;  // a row that saw nothing gives zeros
  uint to = resultRow(c, batch, head, row);
  for (uint i = 0; i < WIDE / 8; i++)
    if (i * 8 < width) {
      simdgroup_store(results[i], spilt, 8);
      simdgroup_barrier(mem_flags::mem_threadgroup);
      for (uint j = lane % 4; j < 8; j += 4)
        if (row < rows && i * 8 + j < width)
          o[to * c.width + column0 + i * 8 + j] = T::store(spilt[lane / 4 * 8 + j] * scale);
      simdgroup_barrier(mem_flags::mem_threadgroup);
    }
}

// `Out` is T for whole results; SPLIT writes the sums of a part, its largest score and the sum of its weights.
template <typename T, typename Out, bool SPLIT>
kernel void decode(device const typename T::Stored* q [[buffer(0)]], device const typename T::Stored* k [[buffer(1)]],
                   device const typename T::Stored* v [[buffer(2)]], device const uchar* mask [[buffer(3)]],
                   device typename Out::Stored* o [[buffer(4)]], constant Attention& c [[buffer(5)]],
                   uint3 place [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                   uint3 size [[threads_per_threadgroup]], uint lane [[thread_index_in_simdgroup]],
                   uint simd [[simdgroup_index_in_threadgroup]], uint simds [[simdgroups_per_threadgroup]]) {
  threadgroup float sums[SIMDS * PER_LANE * 32];
  threadgroup float highs[SIMDS];
  threadgroup float weights[SIMDS];
  uint row = place.x, batch = place.z / c.heads, head = place.z % c.heads;
  uint share = (c.keys + c.parts - 1) / c.parts;
  uint end = min(seenBy(c, row), (place.y + 1) * share);
  uint queryRow = rowAt(c.q, batch, head, c.group, row), maskRow = rowAt(c.mask, batch, head, c.group, row);
  float query[PER_LANE];
  float result[PER_LANE];
  for (uint i = 0; i < PER_LANE; i++) {
    uint d = i * 32 + lane;
    query[i] = d < c.depth ? T::load(q[queryRow + d * uint(c.q.column)]) * c.scale : 0.0f;
    result[i] = 0.0f;
  }
  float high = -INFINITY, sum = 0.0f;
  for (uint key = place.y * share + simd; key < end; key += simds) {
    uint keyRow = rowAt(c.k, batch, head, 1, key), valueRow = rowAt(c.v, batch, head, 1, key);
    float score = 0.0f;
    for (uint i = 0; i < PER_LANE; i++) {
      uint d = i * 32 + lane;
      if (d < c.depth) score = fma(query[i], T::load(k[keyRow + d * uint(c.k.column)]), score);
    }
    score = masked<T>(simd_sum(score), mask, c, maskRow, key);
    float most = max(high, score);
    float factor = rescale(high, most), weight = precise::exp(score - baseOf(most));
    high = most;
    sum = sum * factor + weight;
    for (uint i = 0; i < PER_LANE; i++) {
      uint e = i * 32 + lane;
      if (e < c.width) result[i] = fma(weight, T::load(v[valueRow + e * uint(c.v.column)]), result[i] * factor);
    }
  }
  for (uint i = 0; i < PER_LANE; i++) sums[simd * PER_LANE * 32 + i * 32 + lane] = result[i];
  if (lane == 0) {
    highs[simd] = high;
    weights[simd] = sum;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = 0; i < simds; i++) high = max(high, highs[i]);
  sum = 0.0f;
  for (uint i = 0; i < simds; i++) sum += weights[i] * rescale(highs[i], high);
  uint to = resultRow(c, batch, head, row);
  uint at = SPLIT ? (to * c.parts + place.y) * (c.width + 2) : to * c.width;
  float scale = SPLIT ? 1.0f : sum == 0.0f ? 0.0f : 1.0f / sum;
  for (uint e = t; e < c.width; e += size.x) {
    float value = 0.0f;
    for (uint i = 0; i < simds; i++) value += sums[i * PER_LANE * 32 + e] * rescale(highs[i], high);
    o[at + e] = Out::store(value * scale);
  }
  if (SPLIT && t == 0) {
    o[at + c.width] = Out::store(high);
    o[at + c.width + 1] = Out::store(sum);
  }
}

struct Merge {
  uint rows;
  uint parts;
  uint width;
};
template <typename T>
kernel void merge(device const float* a [[buffer(0)]], device typename T::Stored* o [[buffer(1)]], constant Merge& c [[buffer(2)]],
                  uint i [[thread_position_in_grid]]) {
  if (i >= c.rows * c.width) return;
  uint row = i / c.width, e = i % c.width, each = c.width + 2;
  device const float* part = a + row * c.parts * each;
  float high = -INFINITY, sum = 0.0f, value = 0.0f;
  for (uint p = 0; p < c.parts; p++) high = max(high, part[p * each + c.width]);
  for (uint p = 0; p < c.parts; p++) {
    float factor = rescale(part[p * each + c.width], high);
    value += part[p * each + e] * factor;
    sum += part[p * each + c.width + 1] * factor;
  }
  o[i] = T::store(sum == 0.0f ? 0.0f : value / sum);
}

#define FLOATS(T, CODE)                                      \
  KERNEL("sdpa_" #CODE, sdpa<T>)                             \
  KERNEL("sdpa_decode_" #CODE, decode<T, T, false>)          \
  KERNEL("sdpa_split_" #CODE, decode<T, F32, true>)          \
  KERNEL("sdpa_merge_" #CODE, merge<T>)
FLOATS(F32, f32)
FLOATS(F16, f16)
FLOATS(BF16, bf16)
