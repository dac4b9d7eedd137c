// One step of an optimizer in one pass over a parameter, its gradient and its moments. The new ones may lie where the old ones are: a thread
// reads all of an element before it writes, and what may be written is not const.

struct Adam {
  uint n;
  float b1, r1, b2, r2, rate, scale, eps, decay;
};
struct Lion {
  uint n;
  float b1, r1, b2, r2, rate, decay;
};
struct Sgd {
  uint n;
  float momentum, keep, rate, penalty, look;
};

// m = b1 m + r1 g; v = b2 v + r2 g^2; p = decay p - rate m / (sqrt(v) scale + eps)
template <typename T>
kernel void adamStep(device typename T::Stored* p [[buffer(0)]], device const typename T::Stored* g [[buffer(1)]],
                     device typename T::Stored* m [[buffer(2)]], device typename T::Stored* v [[buffer(3)]],
                     device typename T::Stored* newP [[buffer(4)]], device typename T::Stored* newM [[buffer(5)]],
                     device typename T::Stored* newV [[buffer(6)]], constant Adam& c [[buffer(7)]],
                     uint i [[thread_position_in_grid]]) {
  if (i >= c.n) return;
  float y = T::load(p[i]), x = T::load(g[i]);
  float first = T::load(m[i]) * c.b1 + x * c.r1;
  float second = T::load(v[i]) * c.b2 + x * x * c.r2;
  newM[i] = T::store(first);
  newV[i] = T::store(second);
  newP[i] = T::store(y * c.decay - c.rate * first / (precise::sqrt(second) * c.scale + c.eps));
}

// p = decay p - rate sign(b1 m + r1 g), sign(NaN) = 0; m = b2 m + r2 g
template <typename T>
kernel void lionStep(device typename T::Stored* p [[buffer(0)]], device const typename T::Stored* g [[buffer(1)]],
                     device typename T::Stored* m [[buffer(2)]], device typename T::Stored* newP [[buffer(3)]],
                     device typename T::Stored* newM [[buffer(4)]], constant Lion& c [[buffer(5)]],
                     uint i [[thread_position_in_grid]]) {
  if (i >= c.n) return;
  float y = T::load(p[i]), x = T::load(g[i]), moment = T::load(m[i]);
  float way = moment * c.b1 + x * c.r1;
  float sign = float(way > 0.0f) - float(way < 0.0f);
  newM[i] = T::store(moment * c.b2 + x * c.r2);
  newP[i] = T::store(y * c.decay - c.rate * sign);
}

// g' = g + penalty p; v = momentum v + keep g'; p = p - rate (g' + look v), or p - rate v where look is 0
template <typename T>
kernel void sgdStep(device typename T::Stored* p [[buffer(0)]], device const typename T::Stored* g [[buffer(1)]],
                    device typename T::Stored* v [[buffer(2)]], device typename T::Stored* newP [[buffer(3)]],
                    device typename T::Stored* newV [[buffer(4)]], constant Sgd& c [[buffer(5)]],
                    uint i [[thread_position_in_grid]]) {
  if (i >= c.n) return;
  float y = T::load(p[i]), x = T::load(g[i]);
  if (c.penalty != 0.0f) x += y * c.penalty;  // an infinite parameter times 0 would be NaN
  float moment = T::load(v[i]) * c.momentum + x * c.keep;
  newV[i] = T::store(moment);
  newP[i] = T::store(y - c.rate * (c.look != 0.0f ? x + moment * c.look : moment));
}

#define FLOATS(NAME, STEP)           \
  KERNEL(NAME "_step_f32", STEP<F32>) \
  KERNEL(NAME "_step_f16", STEP<F16>) \
  KERNEL(NAME "_step_bf16", STEP<BF16>)
FLOATS("adam", adamStep)
FLOATS("lion", lionStep)
FLOATS("sgd", sgdStep)
