// Random bits: Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), laid out as on WebAssembly:
// the counters 0..words-1 are hashed in pairs (i, i + half), word for word to the same places; the one in the middle of an odd number goes
// with 0.

struct Bits {
  uint bytes;
  uint start;
  int step;
};
constant uint ROTATIONS[8] = {13, 15, 26, 6, 17, 29, 16, 24};

inline uint2 threefry(uint2 key, uint2 x) {
  uint keys[3] = {key.x, key.y, key.x ^ key.y ^ 0x1bd11bda};
  x += key;
  for (uint round = 0; round < 20; round++) {
    uint by = ROTATIONS[round % 8];
    x.x += x.y;
    x.y = (x.y << by | x.y >> (32 - by)) ^ x.x;
    if (round % 4 == 3) {
      uint turn = round / 4 + 1;
      x += uint2(keys[turn % 3], keys[(turn + 1) % 3] + turn);
    }
  }
  return x;
}
// A word in little-endian order; the last one may be cut off.
inline void put(device uchar* o, uint bytes, uint i, uint word) {
  if (i * 4 + 4 <= bytes) {
    ((device uint*)o)[i] = word;
  } else {
    for (uint at = i * 4; at < bytes; at++, word >>= 8) o[at] = uchar(word & 0xff);
  }
}

kernel void random_bits_u32(device const uint* key [[buffer(0)]], device uchar* o [[buffer(1)]], constant Bits& c [[buffer(2)]],
                       uint i [[thread_position_in_grid]]) {
  uint words = (c.bytes + 3) / 4, pairs = (words + 1) / 2;
  if (i >= pairs) return;
  bool paired = i + pairs < words;
  uint2 made = threefry(uint2(key[c.start], key[c.start + uint(c.step)]), uint2(i, paired ? i + pairs : 0));
  put(o, c.bytes, i, made.x);
  if (paired) put(o, c.bytes, i + pairs, made.y);
}
