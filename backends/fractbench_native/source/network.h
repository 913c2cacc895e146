// One hidden layer: loss and gradients of a vector of pixels, in the tree of docs/contract.md.
#pragma once

#include "blocks.h"

// What a step's blocks have in common.
struct Net {
  const Weights &w;
  const Scales &scales;
};

// Apply the activation to COUNT vectors in place.
template <int COUNT>
INLINED void activate(vec *u) {
  constexpr int TOGETHER = COUNT % FB_TOGETHER == 0 ? FB_TOGETHER : COUNT % 4 == 0 ? 4 : 1;
  if constexpr (FB_ACTIVATION == TANH)
    each<COUNT / TOGETHER>([&](int n) INLINE { tanh_all<TOGETHER>(u + n * TOGETHER); });
  if constexpr (FB_ACTIVATION == RELU)
    each<COUNT>([&](int n) INLINE { u[n] = select(u[n] < 0, vec{}, u[n]); });
}

// A block of COUNT samples. X is `real` where all pixels see the same samples, else `vec`.
template <int COUNT, class X>
struct SamplesOf {
  const X *x[COUNT];  // WIDTH inputs each
  X y[COUNT];
};

template <int COUNT, class X>
struct BlockOf {
  using Samples = SamplesOf<COUNT, X>;
  static constexpr bool GATED = FB_ACTIVATION == RELU && !FB_FUSED;
  vec h[COUNT][WIDTH], e[COUNT];
  vec u[GATED ? COUNT : 1][GATED ? WIDTH : 1];

  template <int FROM = 0>
  INLINED void hidden(const Net &net, const Samples &s) {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS;
      vec z[COUNT * HELD];
      products<FROM, HELD>(net.w, s.x, net.scales.scale, z);
      if constexpr (GATED)
        each<COUNT * HELD>([&](int n) INLINE { u[n / HELD][FROM + n % HELD] = z[n]; });
      activate<COUNT * HELD>(z);
      each<COUNT * HELD>([&](int n) INLINE {
        h[n / HELD][FROM + n % HELD] = guard(z[n], BAND_UNIT);
      });
      hidden<FROM + HELD>(net, s);
    }
  }

  INLINED void errors(const Net &net, const Samples &s) {
    each<COUNT>([&](int k) INLINE {
      vec terms[WIDTH];
      for (int j = 0; j < WIDTH; j++) terms[j] = h[k][j] * net.w.v[j];
      e[k] = guard(fold(terms) * net.scales.inverse_width - s.y[k], BAND_STATE);
    });
  }

  INLINED void loss(vec &sum) const {
    each<COUNT>([&](int k) INLINE { sum = mad(e[k], e[k], sum); });
  }

  INLINED void gradients(const Net &net, const Samples &s, Sums &sums) const {
    vec d[COUNT];
    each<COUNT>([&](int k) INLINE { d[k] = e[k] * net.scales.slope; });
    backward(net, s, d, sums);
  }

  // The error's way back through unit j for sample k, its gate and its guard band included.
  INLINED vec back(int k, int j, vec d, vec v, real scale) const {
    vec b = d * v;
    if constexpr (FB_ACTIVATION == TANH) b = b * ((real)1 - h[k][j] * h[k][j]);
    b = b * scale;
    // Sums of unrounded products may be subnormal; only the guarded h has a sure sign then.
    if constexpr (GATED) b = select(0 < u[k][j], b, vec{});
    if constexpr (FB_ACTIVATION == RELU && FB_FUSED) b = select(0 < h[k][j], b, vec{});
    return guard(b, BAND_SLOPE);
  }

  template <int FROM = 0>
  INLINED void backward(const Net &net, const Samples &s, const vec (&d)[COUNT],
                        Sums &sums) const {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS;
      vec held[COUNT * HELD];
      each<HELD>([&](int q) INLINE {
        const int j = FROM + q;
        vec gv = sums.gv[j];
        each<COUNT>([&](int k) INLINE {
          gv = mad(d[k], h[k][j], gv);
          held[k * HELD + q] = back(k, j, d[k], net.w.v[j], net.scales.scale);
        });
        sums.gv[j] = gv;
      });
      add_outer<FROM, HELD>(s.x, held, sums);
      backward<FROM + HELD>(net, s, d, sums);
    }
  }
};
