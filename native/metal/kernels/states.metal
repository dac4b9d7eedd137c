// What reductions and scans do to elements: the number that is below all others, states of some elements, and how two of them become one.

// The number that no number of V is below, and the one that none is above.
template <typename V>
inline V lowestOf() {
  return V(-1) < V(0) ? V(ulong(1) << (8 * sizeof(V) - 1)) : V(0);
}
template <>
inline float lowestOf<float>() {
  return -INFINITY;
}
template <typename V>
inline V highestOf() {
  return V(~lowestOf<V>());
}
template <>
inline bool highestOf<bool>() {
  return true;
}
template <>
inline float highestOf<float>() {
  return INFINITY;
}

// The state of no elements, of one element and its place, of two states in their order, and the result; `start` is that of no elements.
// `both` is associative, and `nothing` changes no state. A state is up to two numbers.
template <typename V, typename W = uchar>
struct Pair {
  typedef V First;
  typedef W Second;
  First first;
  Second second;
};
template <typename V>
struct Sum {
  typedef Pair<V> State;
  static V start() { return V(0); }
  static State nothing() { return {V(0), 0}; }
  static State of(V x, uint) { return {x, 0}; }
  static State both(State a, State b) { return {a.first + b.first, 0}; }
  static V result(State a) { return a.first; }
};
template <typename V>
struct Product {
  typedef Pair<V> State;
  static V start() { return V(1); }
  static State nothing() { return {V(1), 0}; }
  static State of(V x, uint) { return {x, 0}; }
  static State both(State a, State b) { return {a.first * b.first, 0}; }
  static V result(State a) { return a.first; }
};
// NaN wins.
template <typename V>
struct Max {
  typedef Pair<V> State;
  static V start() { return lowestOf<V>(); }
  static State nothing() { return {lowestOf<V>(), 0}; }
  static State of(V x, uint) { return {x, 0}; }
  static State both(State a, State b) { return a.first != a.first || a.first > b.first ? a : b; }
  static V result(State a) { return a.first; }
};
template <typename V>
struct Min {
  typedef Pair<V> State;
  static V start() { return highestOf<V>(); }
  static State nothing() { return {highestOf<V>(), 0}; }
  static State of(V x, uint) { return {x, 0}; }
  static State both(State a, State b) { return a.first != a.first || a.first < b.first ? a : b; }
  static V result(State a) { return a.first; }
};
// Sums of floats with what rounding takes from each (D. Knuth's), so that neither order nor length shows in the result.
inline Pair<float, float> sumOf(Pair<float, float> a, Pair<float, float> b) {
  float sum = a.first + b.first, back = sum - a.first;
  float lost = (a.first - (sum - back)) + (b.first - back);
  return {sum, a.second + b.second + lost};
}
// log(sum(exp(x))), of the largest element and the sum of what all are of it.
template <typename V>
struct LogSumExp {
  typedef Pair<float, float> State;
  static float start() { return -INFINITY; }
  static State nothing() { return {-INFINITY, 0.0f}; }
  static State of(V x, uint) { return {x, 1.0f}; }
  static float under(State a, float most) { return a.first == most ? a.second : a.second * precise::exp(a.first - most); }
  static State both(State a, State b) {
    float most = a.first > b.first ? a.first : b.first;  // NaN stays in the sum
    return {most, under(a, most) + under(b, most)};
  }
  static float result(State a) { return a.first + precise::log(a.second); }
};
