// The strict primitives, term by term as in docs/contract.md. constants.h is generated from the
// coefficients and guard bands that every other backend is given.
#pragma once

#include "constants.h"
#include "vector.h"

static inline vec guard(vec x, real band) { return select(absolute(x) < band, vec{}, x); }

template <int COUNT>
static inline vec horner(const real (&c)[COUNT], vec t) {
  vec value = t * c[0] + c[1];
  for (int k = 2; k < COUNT; k++) value = value * t + c[k];
  return value;
}

static inline vec newton_reciprocal(vec x) {
  vec r = from_bits(RECIPROCAL_MAGIC - bits(x));
  for (int k = 0; k < RECIPROCAL_NEWTON; k++) r = r * ((real)2 - x * r);
  return r;
}

static inline vec reciprocal(vec x) {
  const vec a = absolute(x);
  const mask small = a < SMALLEST_NORMAL, large = BAND_HUGE < a;
  vec r = newton_reciprocal(select(small | large, splat((real)1), a));
  r = select(small, splat((real)INFINITY), r);
  r = select(large, vec{}, r);
  return select(bits(x) < 0, r * (real)-1, r);
}

// tanh's polynomials of t = x x, of which x p / q is tanh(x), COUNT at once.
template <int COUNT>
INLINED void rational_all(const vec *t, vec *p, vec *q) {
  constexpr int TOP = sizeof(TANH_NUMERATOR) / sizeof(real);
  each<COUNT>([&](int n) INLINE { q[n] = t[n] * TANH_DENOMINATOR[0] + TANH_DENOMINATOR[1]; });
  each<COUNT>([&](int n) INLINE { p[n] = t[n] * TANH_NUMERATOR[0] + TANH_NUMERATOR[1]; });
  each<TOP - 2>([&](int k) INLINE {
    each<COUNT>([&](int n) INLINE { q[n] = q[n] * t[n] + TANH_DENOMINATOR[k + 2]; });
    each<COUNT>([&](int n) INLINE { p[n] = p[n] * t[n] + TANH_NUMERATOR[k + 2]; });
  });
}

// newton_reciprocal, COUNT at once.
template <int COUNT>
INLINED void newton_all(const vec *x, vec *r) {
  vec t[COUNT];
  each<COUNT>([&](int n) INLINE { r[n] = from_bits(RECIPROCAL_MAGIC - bits(x[n])); });
  each<RECIPROCAL_NEWTON>([&](int) INLINE {
    each<COUNT>([&](int n) INLINE { t[n] = x[n] * r[n]; });
    each<COUNT>([&](int n) INLINE { r[n] = r[n] * ((real)2 - t[n]); });
  });
}

// COUNT at once, stage by stage: one tanh is a chain of some 70 cycles, and a processor's scheduler
// holds only three of them. Interleaved by the source, four or more hide each other's latency.
//
// In float64 the coefficients are those of tanh(x/2), a quotient m/d, which is doubled:
// 2 m d / (m m + d d).
template <int COUNT>
INLINED void tanh_all(vec *x) {
  constexpr bool DOUBLED = sizeof(real) == 8;
  vec t[COUNT], p[COUNT], q[COUNT], r[COUNT];
  each<COUNT>([&](int n) INLINE { t[n] = x[n] * x[n]; });
  rational_all<COUNT>(t, p, q);
  if constexpr (DOUBLED)
    each<COUNT>([&](int n) INLINE {
      const vec m = x[n] * p[n], d = q[n];
      p[n] = (real)2 * m * d;
      q[n] = m * m + d * d;
    });
  newton_all<COUNT>(q, r);
  each<COUNT>([&](int n) INLINE {
    const vec numerator = DOUBLED ? p[n] : x[n] * p[n];
    const vec y = select(TANH_LIMIT < x[n], splat((real)1), numerator * r[n]);
    x[n] = select(x[n] < -TANH_LIMIT, splat((real)-1), y);
  });
}

static inline vec odd_sine(vec r) { return r * horner(SIN2PI, r * r); }

static inline vec sin2pi(vec x) {
  const vec r = x - nearest(x);
  vec folded = (real)0.5 - absolute(r);
  folded = select(r < 0, folded * (real)-1, folded);
  return odd_sine(select((real)0.25 < absolute(r), folded, r));
}

static inline vec cos2pi(vec x) {
  const vec r = x - nearest(x);
  return odd_sine((real)0.25 - absolute(r));
}

static inline vec two_sum(vec a, vec b, vec *error) {
  const vec s = a + b;
  const vec virtual_b = s - a;
  *error = (a - (s - virtual_b)) + (b - virtual_b);
  return s;
}

// A sum by halving: pad to a power of two, add i and i + m/2, halve m.
template <int COUNT>
static inline vec fold(vec (&terms)[COUNT]) {
  int length = COUNT;
#pragma GCC unroll 8
  while (length > 1) {
    int half = 1;
    while (2 * half < length) half *= 2;
    for (int m = 0; m < length - half; m++) terms[m] = terms[m] + terms[m + half];
    length = half;
  }
  return terms[0];
}
