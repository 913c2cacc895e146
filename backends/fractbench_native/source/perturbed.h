// A network's difference from a reference: what a block of samples makes of it, in the order of
// fractbench/zoom/{program,activation}.py. A capital D names a scaled difference.
#pragma once

#include "blocks.h"

// Changes of tanh that are computed at once.
#ifndef FB_BENT
#define FB_BENT 4
#endif

// What a step's blocks have in common; the weights are differences.
struct Net {
  const Weights &w;
  const Scales &scales;
  real band_change, top;
  const real *v_ref;         // (WIDTH)
  vec sigma, inverse;
  vec v[WIDTH];
};

// What the reference made of a block of COUNT samples, WIDTH inputs or units each.
template <int COUNT>
struct Reference {
  const real *x[COUNT], *u[COUNT], *h[COUNT], *q[COUNT];
  real e[COUNT], d[COUNT];
};

// HELD units from FROM on: the n-th vector is unit(n) of sample(n).
template <int FROM, int HELD>
struct Places {
  static constexpr int sample(int n) { return n / HELD; }
  static constexpr int unit(int n) { return FROM + n % HELD; }
};

// Changes of tanh for vectors START ... START + MANY - 1 of a block's units. D holds Du and then
// Dh; q and Dq become the slope and its change. NEAR: all |sigma Du| are known to be below 1/2.
template <bool NEAR, int START, int MANY, class At, int COUNT>
INLINED void bend(const Net &net, const Reference<COUNT> &s, vec *D, vec *q, vec *Dq) {
  const vec one = splat((real)1);
  vec a[MANY], t[MANY], P[MANY], Q[MANY], r[MANY], change[MANY];
  const auto of = [](const real *const(&rows)[COUNT], int n) INLINE {
    return rows[At::sample(START + n)][At::unit(START + n)];
  };
  const auto near = [&](int n) INLINE { return absolute(change[n]) < (real)0.5; };
  each<MANY>([&](int n) INLINE { a[n] = change[n] = net.sigma * D[n]; });
  if constexpr (!NEAR)
    each<MANY>([&](int n) INLINE { a[n] = select(near(n), change[n], of(s.u, n) + change[n]); });
  each<MANY>([&](int n) INLINE { t[n] = a[n] * a[n]; });
  rational_all<MANY>(t, P, Q);
  each<MANY>([&](int n) INLINE {
    const vec aP = a[n] * P[n], top = D[n] * P[n] * of(s.q, n), bottom = Q[n] + of(s.h, n) * aP;
    P[n] = NEAR ? top : select(near(n), top, aP);
    Q[n] = NEAR ? bottom : select(near(n), bottom, Q[n]);
  });
  newton_all<MANY>(Q, r);
  each<MANY>([&](int n) INLINE {
    const real h = of(s.h, n), slope = of(s.q, n);
    const vec y = P[n] * r[n];
    vec far = y, Dh = y;
    if constexpr (!NEAR) {
      far = select(TANH_LIMIT < a[n], one, y);
      far = select(a[n] < -TANH_LIMIT, splat((real)-1), far);
      Dh = select(near(n), y, (far - h) * net.inverse);
    }
    Dh = guard(Dh, net.band_change);
    const vec bent = ((real)2 * h + net.sigma * Dh) * Dh * (real)-1;
    vec now = slope + net.sigma * bent;
    if constexpr (!NEAR) now = select(near(n), now, net.top - far * far);
    D[n] = Dh;
    q[n] = now;
    Dq[n] = NEAR ? bent : select(near(n), bent, (now - slope) * net.inverse);
  });
}

// The same for all vectors of a block's units, TOGETHER at once.
template <int START, int MANY, class At, int COUNT>
INLINED void bend_all(const Net &net, const Reference<COUNT> &s, vec *D, vec *q, vec *Dq) {
  constexpr int TOGETHER = MANY % FB_BENT == 0 ? FB_BENT : MANY % 2 == 0 ? 2 : 1;
  if constexpr (MANY > 0) {
    mask near = ~mask{};
    each<TOGETHER>([&](int n) INLINE { near &= absolute(net.sigma * D[n]) < (real)0.5; });
    if (all(near))
      bend<true, START, TOGETHER, At>(net, s, D, q, Dq);
    else
      bend<false, START, TOGETHER, At>(net, s, D, q, Dq);
    bend_all<START + TOGETHER, MANY - TOGETHER, At>(net, s, D + TOGETHER, q + TOGETHER,
                                                    Dq + TOGETHER);
  }
}

// Changes of max(u, 0), by cases, in units of sigma; where 1/sigma counts as 0 no gate turns.
INLINED void fold_back(const Net &net, real u, real q, vec *D, vec *slope, vec *Dq) {
  const vec step = u * net.inverse, whole = *D + step;
  const mask on = 0 < select(0 < net.inverse, whole, splat(u));
  vec Dh;
  if (0 < q)
    Dh = select(on, *D, 0 - step);
  else
    Dh = select(on, whole, vec{});
  Dh = select(*D == *D, Dh, *D);  // NaN is not below 0, it is NaN
  *D = guard(Dh, net.band_change);
  *slope = select(on, splat((real)1), splat(q * (real)0));
  *Dq = (*slope - q) * net.inverse;
}

template <int COUNT>
struct Block {
  using Samples = Reference<COUNT>;
  vec Dh[COUNT][WIDTH], De[COUNT], e[COUNT];
  // v times the slope, and d times the change of v times the slope.
  vec slope_v[COUNT][WIDTH], rest[COUNT][WIDTH];

  template <int FROM = 0>
  INLINED void hidden(const Net &net, const Samples &s) {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS, ALL = COUNT * HELD;
      using At = Places<FROM, HELD>;
      vec D[ALL], q[ALL], Dq[ALL];
      products<FROM, HELD>(net.w, s.x, net.scales.scale, D);
      each<ALL>([&](int n) INLINE { D[n] = guard(D[n], BAND_SLOPE); });
      if constexpr (FB_ACTIVATION == TANH) bend_all<0, ALL, At>(net, s, D, q, Dq);
      each<ALL>([&](int n) INLINE {
        const int k = At::sample(n), j = At::unit(n);
        if constexpr (FB_ACTIVATION == RELU)
          fold_back(net, s.u[k][j], s.q[k][j], D + n, q + n, Dq + n);
        if constexpr (FB_ACTIVATION == IDENTITY) {
          Dh[k][j] = guard(D[n], net.band_change);
        } else {
          Dh[k][j] = D[n];
          slope_v[k][j] = net.v[j] * q[n];
          rest[k][j] = s.d[k] * (net.w.v[j] * q[n] + net.v_ref[j] * Dq[n]);
        }
      });
      hidden<FROM + HELD>(net, s);
    }
  }

  INLINED void errors(const Net &net, const Samples &s) {
    each<COUNT>([&](int k) INLINE {
      vec terms[WIDTH];
      for (int j = 0; j < WIDTH; j++)
        terms[j] = s.h[k][j] * net.w.v[j] + Dh[k][j] * net.v[j];
      De[k] = guard(fold(terms) * net.scales.inverse_width, BAND_STATE);
      e[k] = guard(s.e[k] + net.sigma * De[k], BAND_STATE);
    });
  }

  INLINED void loss(vec &sum) const {
    each<COUNT>([&](int k) INLINE { sum = mad(e[k], e[k], sum); });
  }

  INLINED void gradients(const Net &net, const Samples &s, Sums &sums) const {
    vec Dd[COUNT], d[COUNT];
    each<COUNT>([&](int k) INLINE {
      Dd[k] = guard(De[k] * net.scales.slope, BAND_SLOPE);
      d[k] = guard(s.d[k] + net.sigma * Dd[k], BAND_SLOPE);
    });
    backward(net, s, Dd, d, sums);
  }

  // The change of the error's way back through unit j for sample k.
  INLINED vec back(const Net &net, const Samples &s, int k, int j, vec Dd) const {
    vec b;
    if constexpr (FB_ACTIVATION == IDENTITY)
      b = Dd * net.v[j] + s.d[k] * net.w.v[j];
    else
      b = Dd * slope_v[k][j] + rest[k][j];
    return guard(b * net.scales.scale, BAND_SLOPE);
  }

  template <int FROM = 0>
  INLINED void backward(const Net &net, const Samples &s, const vec (&Dd)[COUNT],
                        const vec (&d)[COUNT], Sums &sums) const {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS;
      vec held[COUNT * HELD];
      each<HELD>([&](int q) INLINE {
        const int j = FROM + q;
        vec gv = sums.gv[j];
        each<COUNT>([&](int k) INLINE {
          gv = gv + (Dd[k] * s.h[k][j] + d[k] * Dh[k][j]);
          held[k * HELD + q] = back(net, s, k, j, Dd[k]);
        });
        sums.gv[j] = gv;
      });
      add_outer<FROM, HELD>(s.x, held, sums);
      backward<FROM + HELD>(net, s, Dd, d, sums);
    }
  }
};
