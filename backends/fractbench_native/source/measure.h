// The published measure and its accumulators, one step at a time (fractbench/measure.py).
#pragma once

#include "primitives.h"

constexpr int ACCUMULATORS = 4;

struct Measure {
  vec sum_v, sum_inverse, sum_inverse_low, last;

  // The loss relative to the first one, in {0} and [2^-100, cap]; NaN becomes the cap.
  static inline vec relative(vec loss, vec loss_0, vec inverse_0) {
    const vec cap = splat(CAP);
    vec v = select(loss == loss_0, splat((real)1), loss * inverse_0);
    v = select(v < cap, v, cap);
    v = select(loss_0 < BAND_HUGE, v, cap);
    return select(v < BAND_TINY, vec{}, v);
  }

  inline void observe(vec v, bool late) {
    vec inverse = select(v < BAND_TINY, splat(BAND_HUGE), reciprocal(v));
    inverse = select(v == (real)1, splat((real)1), inverse);
    add(v, inverse, late);
  }

  inline void add(vec v, vec inverse, bool late) {
    vec error;
    sum_v = sum_v + v;
    sum_inverse = two_sum(sum_inverse, inverse, &error);
    sum_inverse_low = sum_inverse_low + error;
    if (late) last = last + v;
  }
};
