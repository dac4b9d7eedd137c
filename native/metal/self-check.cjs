'use strict';
// Whether this device computes what it should, family by family. A device that passes no conformance suite of ours is common; one that
// silently gives zeros, or misses a barrier, has been seen in the field by others.

/** Numbers between -1 and 1 that repeat from run to run. */
function numbers(n, seed) {
  let s = seed;
  return Float32Array.from({ length: n }, () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1);
}
const bitsOf = (x) => new Uint32Array(Float32Array.of(x).buffer)[0];

/**
 * A family: names of its kernels, the first that matches, and its cases: kernel, operands, constants, and the value that it should give at
 * each place, float32 or in an array of its dtype; NaN where nothing is written.
 */
const FAMILIES = {
  integer: {
    kernels: /^(unary|binary)_[a-zA-Z0-9]+_[iu]\d/,
    *cases() {
      const [x, y] = [Int32Array.of(1000003, -7, 7, -2147483648), Int32Array.of(-1000, 3, -3, -1)];
      yield ['binary_floorDivide_i32', [x, y], [4, 1, 1], Int32Array.of(-1001, -3, -3, -2147483648)];
    },
  },
  unary: {
    kernels: /^unary_/,
    *cases() {
      const x = numbers(301, 1);
      yield ['unary_exp_f32', [x], [301, 1], Array.from(x, Math.exp)];
      yield ['unary_tanh_f32', [x], [301, 1], Array.from(x, Math.tanh)];
    },
  },
  binary: {
    kernels: /^binary_/,
    *cases() {
      const [x, y] = [numbers(301, 1), numbers(301, 2)];
      yield ['binary_multiply_f32', [x, y], [301, 1, 1], Array.from(x, (v, i) => v * y[i])];
    },
  },
  select: {
    kernels: /^select_/,
    *cases() {
      const [c, x, y] = [Uint8Array.of(1, 0, 0, 1, 1), numbers(5, 1), numbers(5, 2)];
      yield ['select_u32', [c, x, y], [5, 1, 1, 1], Array.from(c, (v, i) => (v ? x[i] : y[i]))];
    },
  },
  cast: {
    kernels: /^copy_(?!([a-z0-9]+)_\1(_|$)).*[iu](8|16|64)(_|$)/,
    *cases() {
      const x = Float32Array.of(1.9, -1.9, 300, -300, NaN);
      yield ['copy_f32_i8', [x], [5, 1], Int8Array.of(1, -1, 127, -128, 0)];
    },
  },
  copy: {
    kernels: /^(copy_|place_)/,
    *cases() {
      const x = numbers(6 * 7, 3);
      const words = [42, 2, 6, 7, 0, 0, 0, 0, 0, 0, 0, 1, 6, 0, 0, 0, 0, 0, 0];
      yield ['copy_f32_f32_strided', [x], words, Array.from(x, (_, i) => x[Math.floor(i / 7) + (i % 7) * 6])];
    },
  },
  reduce: {
    kernels: /^reduce_/,
    *cases() {
      for (const n of [7, 33, 1500]) {
        const x = numbers(2 * n, n);
        const rows = [x.subarray(0, n), x.subarray(n)];
        yield ['reduce_sum_f32', [x], [2, n], rows.map((r) => r.reduce((a, b) => a + b, 0))];
        yield ['reduce_max_f32', [x], [2, n], rows.map((r) => Math.max(...r))];
      }
    },
  },
  fold: {
    kernels: /^fold_/,
    *cases() {
      for (const [n, inner] of [
        [1500, 1],
        [70, 45],
      ]) {
        const x = numbers(n * inner, n);
        const columns = Array.from({ length: inner }, (_, j) => x.filter((_, i) => i % inner === j));
        yield ['fold_sum_f32_f32', [x], [1, n, inner, 1], columns.map((c) => c.reduce((a, b) => a + b, 0))];
        yield [
          'fold_argmax_f32_u32',
          [x],
          [1, n, inner, 1],
          Uint32Array.from(columns, (c) => c.indexOf(Math.max(...c))),
        ];
      }
    },
  },
  scan: {
    kernels: /^scan_/,
    *cases() {
      // sums to the end of one long row, and of short columns: along several tiles, and side by side
      for (const [n, inner] of [
        [5000, 1],
        [70, 45],
      ]) {
        const x = numbers(n * inner, n);
        const sums = Array.from(x);
        for (let i = sums.length - inner - 1; i >= 0; i--) sums[i] += sums[i + inner];
        yield ['scan_sum_f32', [x], [1, n, inner, 1, 1], sums];
      }
    },
  },
  softmax: {
    kernels: /^(softmax_|log_softmax_|logsumexp_|cross_entropy_)/,
    *cases() {
      for (const n of [7, 33, 1500]) {
        const x = numbers(n, n);
        const sum = x.reduce((a, v) => a + Math.exp(v), 0);
        yield ['softmax_f32', [x], [1, n], Array.from(x, (v) => Math.exp(v) / sum)];
        yield ['cross_entropy_f32', [x, Uint32Array.of(n - 1)], [1, n, 0], [Math.log(sum) - x[n - 1]]];
      }
    },
  },
  norm: {
    kernels: /^(rms_norm_|layer_norm_)/,
    *cases() {
      for (const n of [7, 33, 1500]) {
        const [x, w] = [numbers(n, n), numbers(n, 5)];
        const scale = 1 / Math.sqrt(x.reduce((a, v) => a + v * v, 0) / n + 1e-5);
        yield ['rms_norm_f32', [x, w], [1, n, bitsOf(1e-5), 1], Array.from(x, (v, i) => v * scale * w[i])];
      }
    },
  },
  attention_grad: {
    kernels: /^sdpa_grad_/,
    *cases() {
      // 20 queries of each of two heads that share 40 keys, each of which sees those up to 20 places after its own
      const [queries, keys, d] = [20, 40, 24];
      const [q, k, v, g] = [2 * queries, keys, keys, 2 * queries].map((rows, i) => numbers(rows * d, i + 1));
      const of = (x, r) => x.subarray(r * d, r * d + d);
      const dot = (x, y) => x.reduce((a, b, i) => a + b * y[i], 0);
      const total = (x, term) => x.reduce((a, b, i) => a + term(b, i), 0);
      const rows = Array.from({ length: 2 * queries }, (_, r) => {
        const seen = Array.from({ length: (r % queries) + 1 + keys - queries }, (_, s) => s);
        const scores = seen.map((s) => dot(of(q, r), of(k, s)));
        const base = Math.max(...scores);
        const powers = scores.map((x) => Math.exp(x - base));
        const scale = 1 / total(powers, (x) => x);
        const along = seen.map((s) => dot(of(g, r), of(v, s)));
        const mean = total(powers, (x, s) => x * scale * along[s]);
        const slopes = powers.map((x, s) => x * scale * (along[s] - mean));
        return { figures: [base, scale, mean], weights: powers.map((x) => x * scale), slopes };
      });
      const by = (weights, x) => Array.from({ length: d }, (_, e) => total(weights, (w, i) => w * x[i * d + e]));
      const column = (what, s) => rows.map((row) => row[what][s] ?? 0);
      const each = (what, x) => Array.from({ length: keys }, (_, s) => by(column(what, s), x)).flat();
      const row = [0, 0, queries * d, d, 1];
      const shared = [0, 0, 0, d, 1];
      const sizes = [1, 1, 2, queries, keys, d, d, bitsOf(1), 1, 0, 1];
      const words = [...sizes, ...row, ...shared, ...shared, 0, 0, 0, 0, 0, ...row];
      // three numbers for each of the rows that the kernels work on, in which heads alternate
      const order = (x) => rows.flatMap((_, i) => x[(i % 2) * queries + (i >> 1)].figures);
      const inputs = [q, k, v, numbers(1, 5), g];
      yield ['sdpa_grad_rows_f32', inputs, words, order(rows)];
      const known = [...inputs, Float32Array.from(order(rows))];
      const parts = [rows.flatMap(({ slopes }) => by(slopes, k)), each('slopes', q), each('weights', g)];
      for (const [i, name] of ['queries', 'keys', 'values'].entries())
        yield [`sdpa_grad_${name}_f32`, known, words, parts.map((x, j) => (i === j ? x : x.map(() => NaN))).flat()];
    },
  },
  attention: {
    kernels: /^sdpa_/,
    *cases() {
      // 9 queries of each of two heads that share 70 keys, and one query
      for (const [kernel, queries] of [
        ['sdpa_f32', 9],
        ['sdpa_decode_f32', 1],
      ]) {
        const [keys, d] = [70, 24];
        const [q, k, v] = [numbers(2 * queries * d, 1), numbers(keys * d, 2), numbers(keys * d, 3)];
        const want = Array.from({ length: 2 * queries }, (_, r) => {
          const dot = (s) => k.subarray(s * d, s * d + d).reduce((a, x, i) => a + x * q[r * d + i], 0);
          const seen = (r % queries) + 1 + keys - queries;
          const weights = Array.from({ length: seen }, (_, s) => Math.exp(dot(s)));
          const sum = weights.reduce((a, x) => a + x, 0);
          return Array.from({ length: d }, (_, e) => weights.reduce((a, x, s) => a + x * v[s * d + e], 0) / sum);
        }).flat();
        const shared = [0, 0, 0, d, 1];
        const words = [1, 1, 2, queries, keys, d, d, bitsOf(1), 1, 0, 1, 0, 0, queries * d, d, 1, ...shared, ...shared];
        yield [kernel, [q, k, v, numbers(1, 4)], [...words, 0, 0, 0, 0, 0], want];
      }
    },
  },
  rope: {
    kernels: /^rope_/,
    *cases() {
      // one head of 3 positions from 1000 on, pairs of halves
      const [length, d] = [3, 64];
      const x = numbers(length * d, 6);
      const want = Array.from(x, (v, i) => {
        const [p, j] = [Math.floor(i / d), i % d];
        const angle = (1000 + p) * 10000 ** ((-2 * (j % 32)) / d);
        return v * Math.cos(angle) + (j < 32 ? -x[i + 32] : x[i - 32]) * Math.sin(angle);
      });
      const split = (v) => [bitsOf(v), bitsOf(v - Math.fround(v))];
      const words = [1, length, d, d, 0, 0, 0, 1000, ...split(0.5 / Math.PI), ...split(10000 ** (-2 / d))];
      yield ['rope_f32', [x, x, x], [...words, 0, 0, 0, 0, 0, 0, 0, 0, d, 1, 0, 0, 0, 0, 0, 0], want];
    },
  },
  random: {
    kernels: /^random_/,
    *cases() {
      // Threefry-2x32 of zeros, the first known answer of its authors; what MLX splits the key 7 into
      yield ['random_bits_u32', [Uint32Array.of(0, 0)], [4, 0, 1], Uint32Array.of(0x6b200159)];
      yield ['random_bits_u32', [Uint32Array.of(0, 7)], [8, 0, 1], Uint32Array.of(0x0ba028bf, 0xf22056bf)];
    },
  },
  sort: {
    kernels: /^argsort_/,
    *cases() {
      const n = 1500;
      const x = numbers(n, 9).map((v) => Math.round(v * 50));
      const order = (from, count) =>
        Array.from({ length: count }, (_, i) => from + i).sort((i, j) => x[i] - x[j] || i - j);
      yield ['argsort_runs_f32', [x], [1, n], Uint32Array.from(order(0, n))];
      const runs = Uint32Array.from([...order(0, 1024), ...order(1024, n - 1024)]);
      yield ['argsort_merge_f32', [x, runs], [1, n, 1024], Uint32Array.from(order(0, n))];
    },
  },
  indexing: {
    kernels: /^(gather_|scatter_)/,
    *cases() {
      // rows of 40 in another order, and back
      const rows = [3, 0, 2, 4, 1];
      const [x, offsets] = [numbers(200, 8), Uint32Array.from(rows, (r) => r * 40)];
      const dims = [2, 5, 40, 0, 0, 0, 0, 0, 0];
      const gathered = Float32Array.from(x, (_, i) => x[rows[Math.floor(i / 40)] * 40 + (i % 40)]);
      yield ['gather_u32', [x, offsets], [200, ...dims, 0, 0, 1, 0, 0, 0, 0, 0, 0, 40, 5, 0, 160], gathered];
      const line = [0, 1, 0, 0, 0, 0, 0, 0, 0];
      const walks = [...line, ...line, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      yield [
        'scatter_set_u32',
        [gathered, offsets],
        [40, 1, 40, 0, 0, 0, 0, 0, 0, 0, ...walks, 5, 40, 1, 3, 0, 160],
        x,
      ];
    },
  },
  quantized: {
    kernels: /^quantized_/,
    *cases() {
      const [n, k] = [35, 64];
      const codes = Uint32Array.from(numbers((n * k) / 8, 4), (v) => Math.floor((v + 1) * 2 ** 31));
      const [scales, biases] = [numbers(n, 5), numbers(n, 6)];
      const w = (j, d) => scales[j] * ((codes[(j * k + d) >> 3] >>> (4 * (d % 8))) & 15) + biases[j];
      for (const [kind, m] of [
        ['matvec', 1],
        ['matmul', 33],
      ]) {
        const x = numbers(m * k, m);
        const want = Array.from({ length: m * n }, (_, i) =>
          x
            .subarray(Math.floor(i / n) * k)
            .subarray(0, k)
            .reduce((s, v, d) => s + v * w(i % n, d), 0),
        );
        yield [`quantized_${kind}_affine4_f32`, [x, codes, scales, biases], [m, n, k, 64], want];
      }
    },
  },
  optimizer: {
    kernels: /^(adam_step_|lion_step_|sgd_step_)/,
    *cases() {
      const [p, g, v] = [numbers(301, 1), numbers(301, 2), numbers(301, 3)];
      // the last buffer is the one that is looked at: new moments, of a parameter that stays
      const words = [301, ...[0.9, 0.1, 0, 0, 0].map(bitsOf)];
      yield ['sgd_step_f32', [p, g, v, new Float32Array(301)], words, Array.from(g, (x, i) => 0.9 * v[i] + 0.1 * x)];
    },
  },
  matmul: {
    kernels: /^(matmul_|matvec_)/,
    *cases() {
      for (const m of [1, 7, 9, 33]) {
        const [n, k] = [35, 21];
        const [a, b] = [numbers(m * k, m), numbers(k * n, 7)];
        const want = Array.from({ length: m * n }, (_, i) => {
          let s = 0;
          for (let d = 0; d < k; d++) s += a[Math.floor(i / n) * k + d] * b[d * n + (i % n)];
          return s;
        });
        yield ['matmul_f32', [a, b], [m, n, k, 0, 0, 0, 0, 0, 0, k, 1, 0, 0, 0, 0, 0, n, 1, 0, 0, 0, 0], want];
      }
    },
  },
};

/** Largest difference to `want`, relative to the largest of its values. */
function run(addon, memory, start, [kernel, inputs, words, want]) {
  let at = start;
  const place = (bytes) => {
    const here = at;
    at += (bytes + 15) & ~15;
    return [here, bytes];
  };
  const ranges = inputs.map((x) => {
    const range = place(x.byteLength);
    new Uint8Array(memory.buffer, ...range).set(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
    return range;
  });
  const out = place(want.length * 4);
  const Result = Array.isArray(want) ? Float32Array : want.constructor;
  const got = new Result(memory.buffer, out[0], want.length).fill(NaN);
  addon.encode(addon.kernel(kernel), Uint32Array.from([...ranges, out].flat()), Uint32Array.from(words));
  addon.wait();
  const scale = want.reduce((a, w) => Math.max(a, Math.abs(w) || 0), 0);
  return want.reduce((e, w, i) => {
    const d = Number.isNaN(w) && Number.isNaN(got[i]) ? 0 : Math.abs(got[i] - w) / scale;
    return d <= e ? e : Number.isNaN(d) ? Infinity : d;
  }, 0);
}

/** float32 sums of up to 1,500 terms in any order, and functions to a few units in the last place */
const LIMIT = 2e-5;

exports.families = Object.fromEntries(Object.entries(FAMILIES).map(([family, { kernels }]) => [family, kernels]));

exports.selfCheck = (addon, memory, at, families = Object.keys(FAMILIES)) =>
  families.map((family) => {
    const start = performance.now();
    let error = 0;
    let reason = null;
    try {
      for (const one of FAMILIES[family].cases()) {
        const e = run(addon, memory, at, one);
        error = Math.max(error, e);
        if (e > LIMIT) reason ??= `${one[0]} is wrong by ${e.toExponential(1)}, ${LIMIT} is allowed`;
      }
    } catch (e) {
      error = Infinity;
      reason = e.message;
    }
    return { family, error, milliseconds: performance.now() - start, reason };
  });
