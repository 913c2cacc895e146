// Levels: the scale 2**(-16 L) of a pixel's difference, and how L falls (fractbench/zoom/levels.py).
#pragma once

#include "blocks.h"

// Their constants: sigma of KNOWN levels, 1/sigma of INVERSES, and the size beyond which a level
// falls.
struct Levels {
  const real *sigmas, *inverses;
  real limit;

  // sigma, or 1/sigma, of every lane; 0 from COUNT levels on.
  template <int COUNT>
  static vec of(const real *values, vec level) {
    vec out{};
    for (int n = 0; n < COUNT; n++) out = select(level == (real)n, splat(values[n]), out);
    return out;
  }

  // What to multiply the lanes by whose largest magnitude has grown beyond the limit.
  vec lower(vec size, vec *level) const {
    vec factor = splat((real)1);
    for (int n = 0; n < FB_INVERSES - 1; n++) {
      const mask beyond = limit < select(0 < *level, size, vec{});
      factor = select(beyond, factor * sigmas[1], factor);
      size = select(beyond, size * sigmas[1], size);
      *level = select(beyond, *level - (real)1, *level);
    }
    return factor;
  }
};

static inline vec larger(vec low, vec high) { return select(low < high, high, low); }

// The largest magnitude, in the order of the text: it decides which NaN are passed over.
template <int COUNT>
static inline vec largest(const vec *values) {
  vec a[COUNT];
  for (int n = 0; n < COUNT; n++) a[n] = absolute(values[n]);
  for (int length = COUNT; length > 1;) {
    const int half = length - length / 2;
    for (int n = 0; n + half < length; n++) a[n] = larger(a[n], a[half + n]);
    length = half;
  }
  return a[0];
}

static inline vec largest(const Weights &w) {
  return larger(largest<WIDTH * WIDTH>(w.W[0]), largest<WIDTH>(w.v));
}
