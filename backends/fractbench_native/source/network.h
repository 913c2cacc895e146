// One hidden layer: loss and gradients of a vector of pixels, in the tree of docs/contract.md.
//
// A loaded weight feeds BLOCK samples, and UNITS hidden units share a broadcast input, so that the
// products of a block live in registers.
#pragma once

#include "primitives.h"

#ifndef FB_WIDTH
#define FB_WIDTH 16
#endif
#ifndef FB_ACTIVATION
#define FB_ACTIVATION 0
#endif

constexpr int WIDTH = FB_WIDTH;
// Samples of a block, units that share a broadcast input, and tanh at once; found by trying some
// thirty shapes on an AMD EPYC with 32 registers of 16 floats (pixel-steps per second and core,
// width 16, 272 samples). g++ strict: 2, 8, 8: 391k; 3, 4, 12: 392k; 4, 4, 4: 353k; 8, 2, 4: 252k.
// g++ fma: 3, 4, 12: 381k; 2, 8, 8: 365k. clang++ strict: 2, 4, 8: 364k; 2, 8, 8: 314k. With 16
// registers: 2, 4, 4: 186k; 4, 2, 4: 131k. In float64: 2, 4, 4: 141k; 4, 4, 4: 124k.
#ifndef FB_BLOCK
#if defined(__clang__)
#define FB_BLOCK 2
#define FB_UNITS 4
#define FB_TOGETHER (FEW ? 4 : 8)
#elif FB_FUSED
#define FB_BLOCK (FEW ? 2 : 3)
#define FB_UNITS 4
#define FB_TOGETHER (FEW ? 4 : 12)
#else
#define FB_BLOCK 2
#define FB_UNITS (FEW ? 4 : 8)
#define FB_TOGETHER (FEW ? 4 : 8)
#endif
#endif
#ifndef FB_TOGETHER
#define FB_TOGETHER 4
#endif
constexpr bool FEW = REGISTERS == 16 || sizeof(real) == 8;
constexpr int BLOCK = FB_BLOCK, UNITS = FB_UNITS;
enum { TANH = 0, RELU = 1, IDENTITY = 2 };

struct Scales {
  real scale, inverse_width, inverse_samples, slope;
};

struct Weights {
  vec W[WIDTH][WIDTH], v[WIDTH];
};

struct Sums {
  vec gW[WIDTH][WIDTH], gv[WIDTH], loss;
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
struct Samples {
  const X *x[COUNT];  // WIDTH inputs each
  X y[COUNT];
};

template <int COUNT, class X>
struct Block {
  static constexpr bool GATED = FB_ACTIVATION == RELU && !FB_FUSED;
  vec h[COUNT][WIDTH], e[COUNT];
  vec u[GATED ? COUNT : 1][GATED ? WIDTH : 1];

  template <int FROM, int HELD>
  INLINED void hidden_units(const Weights &w, const Samples<COUNT, X> &s, real scale) {
    vec z[COUNT * HELD], held[HELD];
    each<HELD>([&](int q) INLINE { held[q] = w.W[0][FROM + q]; });
    each<COUNT * HELD>([&](int n) INLINE { z[n] = held[n % HELD] * s.x[n / HELD][0]; });
    for (int i = 1; i < WIDTH; i++) {
      each<HELD>([&](int q) INLINE { held[q] = w.W[i][FROM + q]; });
      each<COUNT>([&](int k) INLINE {
        const vec x = splat(s.x[k][i]);
        each<HELD>([&](int q) INLINE { z[k * HELD + q] = mad(x, held[q], z[k * HELD + q]); });
      });
    }
    each<COUNT * HELD>([&](int n) INLINE { z[n] = z[n] * scale; });
    if constexpr (GATED)
      each<COUNT * HELD>([&](int n) INLINE { u[n / HELD][FROM + n % HELD] = z[n]; });
    activate<COUNT * HELD>(z);
    each<COUNT * HELD>([&](int n) INLINE {
      h[n / HELD][FROM + n % HELD] = guard(z[n], BAND_UNIT);
    });
  }

  template <int FROM = 0>
  INLINED void hidden(const Weights &w, const Samples<COUNT, X> &s, real scale) {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS;
      hidden_units<FROM, HELD>(w, s, scale);
      hidden<FROM + HELD>(w, s, scale);
    }
  }

  INLINED void errors(const Weights &w, const Samples<COUNT, X> &s, const Scales &c) {
    each<COUNT>([&](int k) INLINE {
      vec terms[WIDTH];
      for (int j = 0; j < WIDTH; j++) terms[j] = h[k][j] * w.v[j];
      e[k] = guard(fold(terms) * c.inverse_width - s.y[k], BAND_STATE);
    });
  }

  INLINED void loss(vec &sum) const {
    each<COUNT>([&](int k) INLINE { sum = mad(e[k], e[k], sum); });
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
  INLINED void backward(const Weights &w, const Samples<COUNT, X> &s, const vec (&d)[COUNT],
                        real scale, Sums &sums) const {
    if constexpr (FROM < WIDTH) {
      constexpr int HELD = WIDTH - FROM < UNITS ? WIDTH - FROM : UNITS;
      vec held[COUNT * HELD], g[HELD];
      each<HELD>([&](int q) INLINE {
        const int j = FROM + q;
        vec gv = sums.gv[j];
        each<COUNT>([&](int k) INLINE {
          gv = mad(d[k], h[k][j], gv);
          held[k * HELD + q] = back(k, j, d[k], w.v[j], scale);
        });
        sums.gv[j] = gv;
      });
      for (int i = 0; i < WIDTH; i++) {
        each<HELD>([&](int q) INLINE { g[q] = sums.gW[i][FROM + q]; });
        each<COUNT>([&](int k) INLINE {
          const vec x = splat(s.x[k][i]);
          each<HELD>([&](int q) INLINE { g[q] = mad(x, held[k * HELD + q], g[q]); });
        });
        each<HELD>([&](int q) INLINE { sums.gW[i][FROM + q] = g[q]; });
      }
      backward<FROM + HELD>(w, s, d, scale, sums);
    }
  }
};

// Add blocks of samples, get(0) ... get(blocks - 1), to the loss, to the gradients, or to both.
//
// The hidden units of a block are computed while the sum over those of the block before, a chain of
// dependent operations, is still under way; nothing waits for it then.
template <bool GRADIENT, bool LOSS, int COUNT, class X, class Get>
static inline void take(const Weights &w, int blocks, Get get, const Scales &c, Sums &sums) {
  Block<COUNT, X> held[2];
  Samples<COUNT, X> samples[2];
  for (int n = -1; n < blocks; n++) {
    Block<COUNT, X> &now = held[n & 1], &next = held[(n + 1) & 1];
    if (n >= 0) now.errors(w, samples[n & 1], c);
    if (n + 1 < blocks) {
      samples[(n + 1) & 1] = get(n + 1);
      next.hidden(w, samples[(n + 1) & 1], c.scale);
    }
    if (n < 0) continue;
    if constexpr (LOSS) now.loss(sums.loss);
    if constexpr (GRADIENT) {
      vec d[COUNT];
      each<COUNT>([&](int k) INLINE { d[k] = now.e[k] * c.slope; });
      now.backward(w, samples[n & 1], d, c.scale, sums);
    }
  }
}
