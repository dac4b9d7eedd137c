// y = x W^T and W itself for matrices of few bits an element: MLX's affine codes, and GGUF's blocks in rows, or in stripes of sixteen rows as packBlocks
// leaves them. A format says how eight elements of a row become float32; products of one row of x and of many are the same for all.

struct Product {
  uint m;  // rows of x
  uint n;  // rows of W
  uint k;
};
struct AffineProduct {
  Product size;
  uint group;
};
constant uint PIECE = 8;

// ---- GGUF. A block is of HALVES 16-bit words; `decode` takes elements 8 * piece to 8 * piece + 7. Of a stripe's block come first the HEADS
// words from HEAD on, of four rows at a time, then of four rows at a time the others, whose 32-bit words alternate, in the order of `place`.
// Bits of a 32-bit word from FIFTHS on, if the format has fifth bits of that kind, are where `Block::bit` says.

inline float halfOf(uint bits) { return float(as_type<half>(ushort(bits))); }

// d, a minimum if SHIFTED, 32 fifth bits if there are 5, then nibbles: the low ones are elements 0 to 15.
template <uint BITS, bool SHIFTED>
struct Nibbles {
  static constexpr constant uint ELEMENTS = 32, HEAD = 0, HEADS = SHIFTED ? 2 : 1, WIDE = BITS - 4, HALVES = HEADS + 2 * WIDE + 8;
  static constexpr constant uint FIFTHS = WIDE ? HEADS : HALVES, TURNED = 0;
  static uint place(uint i) { return i - HEADS; }
  template <typename Block>
  static void decode(Block b, uint piece, thread float* v) {
    float d = halfOf(b.at(0)), least = SHIFTED ? halfOf(b.at(1)) : d * -(BITS == 5 ? 16.0f : 8.0f);
    uint shift = 4 * (piece / 2), fifths = 0;
    if (WIDE) fifths = b.at(FIFTHS) | b.at(FIFTHS + 1) << 16;
    for (uint i = 0; i < 4; i++) {
      uint codes = b.at(HEADS + 2 * WIDE + 4 * (piece % 2) + i) >> shift, e = 8 * piece + 2 * i;
      uint low = codes & 15, high = (codes >> 8) & 15;
      if (WIDE) {
        low |= ((fifths >> b.bit(e)) & 1) << 4;
        high |= ((fifths >> b.bit(e + 1)) & 1) << 4;
      }
      v[2 * i] = d * float(low) + least;
      v[2 * i + 1] = d * float(high) + least;
    }
  }
};
typedef Nibbles<4, false> Q4_0;
typedef Nibbles<4, true> Q4_1;
typedef Nibbles<5, false> Q5_0;
typedef Nibbles<5, true> Q5_1;
struct Q8_0 {
  // in a stripe the codes at even places have their sign bit turned over
  static constexpr constant uint ELEMENTS = 32, HALVES = 17, HEAD = 0, HEADS = 1, FIFTHS = HALVES, TURNED = 0x80;
  static uint place(uint i) { return i - 1; }
  template <typename Block>
  static void decode(Block b, uint piece, thread float* v) {
    float d = halfOf(b.at(0));
    for (uint i = 0; i < 4; i++) {
      uint codes = b.at(1 + 4 * piece + i);
      v[2 * i] = d * float(char(codes & 255));
      v[2 * i + 1] = d * float(char(codes >> 8));
    }
  }
};
// d, minimum, 8 scales and 8 minima of 6 bits in 12 bytes, of 5 bits 32 bytes whose bit p is of part p, then nibbles: of 64 elements the low
// ones are the first 32.
template <uint BITS>
struct Parts {
  static constexpr constant uint ELEMENTS = 256, HEAD = 0, HEADS = 0, WIDE = BITS - 4, CODES = 8 + 16 * WIDE, HALVES = CODES + 64;
  static constexpr constant uint FIFTHS = HALVES, TURNED = 0;
  static uint place(uint i) { return i; }
  template <typename Block>
  static uint byteOf(Block b, uint i) {
    return (b.at(2 + i / 2) >> (8 * (i % 2))) & 255;
  }
  template <typename Block>
  static void decode(Block b, uint piece, thread float* v) {
    uint part = piece / 4;
    uint scale = byteOf(b, part) & 63, least = byteOf(b, part + 4) & 63;
    if (part >= 4) {
      uint low = byteOf(b, part + 4);
      scale = (low & 15) | ((byteOf(b, part - 4) >> 6) << 4);
      least = (low >> 4) | ((byteOf(b, part) >> 6) << 4);
    }
    float s = halfOf(b.at(0)) * float(scale), m = halfOf(b.at(1)) * float(least);
    for (uint i = 0; i < 4; i++) {
      uint codes = b.at(CODES + 16 * (part / 2) + 4 * (piece % 4) + i) >> (4 * (part % 2));
      uint low = codes & 15, high = (codes >> 8) & 15;
      if (WIDE) {
        uint fifths = b.at(8 + 4 * (piece % 4) + i) >> part;
        low |= (fifths & 1) << 4;
        high |= ((fifths >> 8) & 1) << 4;
      }
      v[2 * i] = s * float(low) - m;
      v[2 * i + 1] = s * float(high) - m;
    }
  }
};
typedef Parts<4> Q4_K;
typedef Parts<5> Q5_K;
// Low nibbles, pairs of high bits, 16 signed scales, d. Of 128 elements, quarters t have nibble t / 2 of bytes 32 (t % 2) on, and bits 2t.
struct Q6_K {
  static constexpr constant uint ELEMENTS = 256, HALVES = 105, HEAD = 104, HEADS = 1, FIFTHS = HALVES, TURNED = 0;
  static uint place(uint i) { return i >= 96 ? i - 96 : i >= 64 ? i - 56 : i + 40; }
  template <typename Block>
  static void decode(Block b, uint piece, thread float* v) {
    uint part = piece / 16, quarter = piece / 4 % 4, q = piece % 4;
    uint scale = 8 * part + 2 * quarter + q / 2;
    float s = halfOf(b.at(104)) * float(char((b.at(96 + scale / 2) >> (8 * (scale % 2))) & 255));
    for (uint i = 0; i < 4; i++) {
      uint low = b.at(32 * part + 16 * (quarter % 2) + 4 * q + i) >> (4 * (quarter / 2));
      uint high = b.at(64 + 16 * part + 4 * q + i) >> (2 * quarter);
      v[2 * i] = s * float(int((low & 15) | ((high & 3) << 4)) - 32);
      v[2 * i + 1] = s * float(int(((low >> 8) & 15) | (((high >> 8) & 3) << 4)) - 32);
    }
  }
};

struct RowBlock {
  device const ushort* p;
  uint at(uint i) const { return p[i]; }
  uint bit(uint e) const { return e; }
};
template <typename Format>
struct StripeBlock {
  device const ushort* p;
  uint row;
  uint at(uint i) const {
    uint head = i - Format::HEAD;
    if (head < Format::HEADS) return p[row / 4 * 4 * Format::HEADS + 4 * head + row % 4];
    uint place = Format::place(i), four = 16 * Format::HEADS + row / 4 * 4 * (Format::HALVES - Format::HEADS);
    return p[four + 8 * (place / 2) + 2 * (row % 4) + place % 2] ^ Format::TURNED;
  }
  uint bit(uint e) const { return 8 * (e % 4) + e / 4; }
};
template <typename Format>
struct Rows {
  static constexpr constant uint ELEMENTS = Format::ELEMENTS;
  device const ushort* w;
  uint blocks;
  void decode(uint row, uint piece, thread float* v) const {
    uint pieces = Format::ELEMENTS / PIECE;
    RowBlock b = {w + (row * blocks + piece / pieces) * Format::HALVES};
    Format::decode(b, piece % pieces, v);
  }
};
template <typename Format>
struct Stripes {
  static constexpr constant uint ELEMENTS = Format::ELEMENTS;
  device const ushort* w;
  uint blocks;
  void decode(uint row, uint piece, thread float* v) const {
    uint pieces = Format::ELEMENTS / PIECE;
    StripeBlock<Format> b = {w + (row / 16 * blocks + piece / pieces) * 16 * Format::HALVES, row % 16};
    Format::decode(b, piece % pieces, v);
  }
};

// ---- MLX: codes of 2, 4 or 8 bits from the lowest of each 32-bit word on, scale * code + bias in groups

template <typename T, uint BITS>
struct Affine {
  device const uint* w;
  device const typename T::Stored* scales;
  device const typename T::Stored* biases;
  uint k;
  uint group;
  void decode(uint row, uint piece, thread float* v) const {
    uint place = row * (k / group) + piece * PIECE / group;
    float s = T::load(scales[place]), b = T::load(biases[place]);
    uint first = row * (k / 32 * BITS);  // a word holds whole codes
    for (uint i = 0; i < PIECE; i++) {
      uint bit = (piece * PIECE + i) * BITS;
      v[i] = s * float((w[first + bit / 32] >> (bit % 32)) & ((1u << BITS) - 1)) + b;
    }
  }
};

// ---- few rows of x: a simd group for every four rows of W, whose lanes take every 32nd piece of them

constant uint ROWS_PER_SIMD = 4;

template <typename T, typename Matrix>
inline void multiplyRow(Matrix w, device const typename T::Stored* x, device typename T::Stored* o, constant Product& c, uint row,
                        uint lane) {
  float sums[ROWS_PER_SIMD] = {0.0f, 0.0f, 0.0f, 0.0f};
  uint rows = min(ROWS_PER_SIMD, c.n - row);
  for (uint piece = lane; piece < c.k / PIECE; piece += 32) {
    float xs[PIECE], v[PIECE];
    for (uint i = 0; i < PIECE; i++) xs[i] = T::load(x[piece * PIECE + i]);
    for (uint r = 0; r < rows; r++) {
      w.decode(row + r, piece, v);
      for (uint i = 0; i < PIECE; i++) sums[r] = fma(v[i], xs[i], sums[r]);
    }
  }
  for (uint r = 0; r < rows; r++) {
    float sum = simd_sum(sums[r]);
    if (lane == 0) o[row + r] = T::store(sum);
  }
}

template <typename T, typename Matrix>
kernel void blockMatvec(device const typename T::Stored* x [[buffer(0)]], device const ushort* w [[buffer(1)]],
                        device typename T::Stored* o [[buffer(2)]], constant Product& c [[buffer(3)]],
                        uint3 group [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]],
                        uint simd [[simdgroup_index_in_threadgroup]], uint simds [[simdgroups_per_threadgroup]]) {
  uint row = (group.x * simds + simd) * ROWS_PER_SIMD;
  if (row >= c.n) return;
  Matrix matrix = {w, c.k / Matrix::ELEMENTS};
  multiplyRow<T, Matrix>(matrix, x + group.y * c.k, o + group.y * c.n, c, row, lane);
}
template <typename T, uint BITS>
kernel void affineMatvec(device const typename T::Stored* x [[buffer(0)]], device const uint* w [[buffer(1)]],
                         device const typename T::Stored* scales [[buffer(2)]],
                         device const typename T::Stored* biases [[buffer(3)]], device typename T::Stored* o [[buffer(4)]],
                         constant AffineProduct& c [[buffer(5)]], uint3 group [[threadgroup_position_in_grid]],
                         uint lane [[thread_index_in_simdgroup]], uint simd [[simdgroup_index_in_threadgroup]],
                         uint simds [[simdgroups_per_threadgroup]]) {
  uint row = (group.x * simds + simd) * ROWS_PER_SIMD;
  if (row >= c.size.n) return;
  Affine<T, BITS> matrix = {w, scales, biases, c.size.k, c.group};
  multiplyRow<T, Affine<T, BITS>>(matrix, x + group.y * c.size.k, o + group.y * c.size.n, c.size, row, lane);
}

// ---- many rows of x: tiles of 32 x 32 as in matmul.metal, of which one operand is decoded into threadgroup memory

constant uint TILE = 32;
constant uint DEPTH = 32;
constant uint THREADS = 128;

template <typename T, typename Matrix>
inline void multiplyTile(Matrix w, device const typename T::Stored* x, device typename T::Stored* o, constant Product& c,
                         threadgroup float* as, threadgroup float* bs, threadgroup float* os, uint row0, uint column0, uint t,
                         uint simd) {
  uint simdRow = (simd / 2) * 16, simdColumn = (simd % 2) * 16;
  simdgroup_float8x8 sums[2][2];
  for (uint i = 0; i < 2; i++)
    for (uint j = 0; j < 2; j++) sums[i][j] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);

  for (uint depth0 = 0; depth0 < c.k; depth0 += DEPTH) {  // k is a multiple of it
    for (uint i = t; i < TILE * DEPTH; i += THREADS) {
      uint row = row0 + i / DEPTH;
      as[i] = row < c.m ? T::load(x[row * c.k + depth0 + i % DEPTH]) : 0.0f;
    }
    // a piece for each thread
    uint column = column0 + t / 4, first = t % 4 * PIECE;
    float v[PIECE] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    if (column < c.n) w.decode(column, (depth0 + first) / PIECE, v);
    for (uint i = 0; i < PIECE; i++) bs[(first + i) * TILE + t / 4] = v[i];
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
    if (row < c.m && column < c.n) o[row * c.n + column] = T::store(os[i]);
  }
}

template <typename T, typename Matrix>
kernel void blockMatmul(device const typename T::Stored* x [[buffer(0)]], device const ushort* w [[buffer(1)]],
                        device typename T::Stored* o [[buffer(2)]], constant Product& c [[buffer(3)]],
                        uint3 tile [[threadgroup_position_in_grid]], uint t [[thread_index_in_threadgroup]],
                        uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float as[TILE * DEPTH];
  threadgroup float bs[DEPTH * TILE];
  threadgroup float os[TILE * TILE];
  Matrix matrix = {w, c.k / Matrix::ELEMENTS};
  multiplyTile<T, Matrix>(matrix, x, o, c, as, bs, os, tile.y * TILE, tile.x * TILE, t, simd);
}
template <typename T, uint BITS>
kernel void affineMatmul(device const typename T::Stored* x [[buffer(0)]], device const uint* w [[buffer(1)]],
                         device const typename T::Stored* scales [[buffer(2)]],
                         device const typename T::Stored* biases [[buffer(3)]], device typename T::Stored* o [[buffer(4)]],
                         constant AffineProduct& c [[buffer(5)]], uint3 tile [[threadgroup_position_in_grid]],
                         uint t [[thread_index_in_threadgroup]], uint simd [[simdgroup_index_in_threadgroup]]) {
  threadgroup float as[TILE * DEPTH];
  threadgroup float bs[DEPTH * TILE];
  threadgroup float os[TILE * TILE];
  Affine<T, BITS> matrix = {w, scales, biases, c.size.k, c.group};
  multiplyTile<T, Affine<T, BITS>>(matrix, x, o, c.size, as, bs, os, tile.y * TILE, tile.x * TILE, t, simd);
}

// ---- the elements themselves, a piece a thread

// { pieces }
template <typename Format>
kernel void blockDecode(device const ushort* w [[buffer(0)]], device float* o [[buffer(1)]], constant uint& pieces [[buffer(2)]],
                        uint piece [[thread_position_in_grid]]) {
  if (piece >= pieces) return;
  Rows<Format> matrix = {w, 0};
  float v[PIECE];
  matrix.decode(0, piece, v);
  for (uint i = 0; i < PIECE; i++) o[piece * PIECE + i] = v[i];
}
struct Unstripe {
  uint rows;
  uint blocks;  // of a row
  uint of;      // rows of the matrix
};
// 16-bit words of blocks, of those rows in stripes that the host names.
template <typename Format>
kernel void unstripe(device const ushort* w [[buffer(0)]], device const uint* rows [[buffer(1)]], device ushort* o [[buffer(2)]],
                     constant Unstripe& c [[buffer(3)]], uint i [[thread_position_in_grid]]) {
  uint width = c.blocks * Format::HALVES, column = i % width;
  if (i / width >= c.rows) return;
  uint row = rows[i / width];
  StripeBlock<Format> b = {w + (row / 16 * c.blocks + column / Format::HALVES) * 16 * Format::HALVES, row % 16};
  uint at = column % Format::HALVES, word = b.at(at);
  if (at - Format::FIFTHS < 2) {
    uint fifths = b.at(Format::FIFTHS) | b.at(Format::FIFTHS + 1) << 16, first = 16 * (at - Format::FIFTHS);
    word = 0;
    for (uint k = 0; k < 16; k++) word |= ((fifths >> b.bit(first + k)) & 1) << k;
  }
  o[i] = ushort(word);
}
struct Dequantize {
  uint pieces;
  uint group;
};
// Both steps are rounded to the dtype, as MLX does.
template <typename T, uint BITS>
kernel void affineDecode(device const uint* w [[buffer(0)]], device const typename T::Stored* scales [[buffer(1)]],
                         device const typename T::Stored* biases [[buffer(2)]], device typename T::Stored* o [[buffer(3)]],
                         constant Dequantize& c [[buffer(4)]], uint piece [[thread_position_in_grid]]) {
  if (piece >= c.pieces) return;
  uint group = piece / (c.group / PIECE), codes = 32 / BITS;
  float s = T::load(scales[group]), b = T::load(biases[group]);
  for (uint i = 0; i < PIECE; i++) {
    uint e = piece * PIECE + i;
    float scaled = s * float((w[e / codes] >> (e % codes * BITS)) & ((1u << BITS) - 1));
    o[e] = T::store(T::load(T::store(scaled)) + b);
  }
}

#define BLOCKS(FORMAT, NAME, T, CODE)                                                       \
  KERNEL("quantized_matvec_" #NAME "_" #CODE, blockMatvec<T, Rows<FORMAT>>)                 \
  KERNEL("quantized_matmul_" #NAME "_" #CODE, blockMatmul<T, Rows<FORMAT>>)                 \
  KERNEL("quantized_matvec_" #NAME "_stripes_" #CODE, blockMatvec<T, Stripes<FORMAT>>)      \
  KERNEL("quantized_matmul_" #NAME "_stripes_" #CODE, blockMatmul<T, Stripes<FORMAT>>)
#define ELEMENTS(FORMAT, NAME)                                                              \
  KERNEL("quantized_decode_" #NAME "_f32", blockDecode<FORMAT>)                             \
  KERNEL("quantized_unstripe_" #NAME "_u16", unstripe<FORMAT>)
#define FORMATS(T, CODE)                                                      \
  BLOCKS(Q4_0, q4_0, T, CODE) BLOCKS(Q4_1, q4_1, T, CODE)                     \
  BLOCKS(Q5_0, q5_0, T, CODE) BLOCKS(Q5_1, q5_1, T, CODE)                     \
  BLOCKS(Q8_0, q8_0, T, CODE) BLOCKS(Q4_K, q4_k, T, CODE)                     \
  BLOCKS(Q5_K, q5_k, T, CODE) BLOCKS(Q6_K, q6_k, T, CODE)
#define AFFINE(BITS, T, CODE)                                                 \
  KERNEL("quantized_matvec_affine" #BITS "_" #CODE, affineMatvec<T, BITS>)    \
  KERNEL("quantized_matmul_affine" #BITS "_" #CODE, affineMatmul<T, BITS>)    \
  KERNEL("quantized_decode_affine" #BITS "_" #CODE, affineDecode<T, BITS>)
#define WIDTHS(T, CODE) AFFINE(2, T, CODE) AFFINE(4, T, CODE) AFFINE(8, T, CODE)

ELEMENTS(Q4_0, q4_0)
ELEMENTS(Q4_1, q4_1)
ELEMENTS(Q5_0, q5_0)
ELEMENTS(Q5_1, q5_1)
ELEMENTS(Q8_0, q8_0)
ELEMENTS(Q4_K, q4_k)
ELEMENTS(Q5_K, q5_k)
ELEMENTS(Q6_K, q6_k)
FORMATS(F32, f32)
FORMATS(F16, f16)
FORMATS(BF16, bf16)
WIDTHS(F32, f32)
WIDTHS(F16, f16)
WIDTHS(BF16, bf16)
