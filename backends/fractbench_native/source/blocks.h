// What texts of the one-hidden-layer network share: products of a block of samples with weights.
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
#ifndef FB_BATCH
#define FB_BATCH 0
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
enum { FULL = 0, SHARED_ORDER = 1, OWN_ORDER = 2 };  // which samples enter a gradient

struct Scales {
  real scale, inverse_width, inverse_samples, slope;
};

struct Weights {
  vec W[WIDTH][WIDTH], v[WIDTH];
};

struct Sums {
  vec gW[WIDTH][WIDTH], gv[WIDTH], loss;
};

// Units FROM ... FROM + HELD - 1 of COUNT samples: z[k HELD + q] = scale sum_i x_ki W_i,FROM+q.
// X is `real` where all pixels see the same samples, else `vec`.
template <int FROM, int HELD, int COUNT, class X>
INLINED void products(const Weights &w, const X *const (&inputs)[COUNT], real scale,
                      vec (&z)[COUNT * HELD]) {
  vec held[HELD];
  each<HELD>([&](int q) INLINE { held[q] = w.W[0][FROM + q]; });
  each<COUNT * HELD>([&](int n) INLINE { z[n] = held[n % HELD] * inputs[n / HELD][0]; });
  for (int i = 1; i < WIDTH; i++) {
    each<HELD>([&](int q) INLINE { held[q] = w.W[i][FROM + q]; });
    each<COUNT>([&](int k) INLINE {
      const vec x = splat(inputs[k][i]);
      each<HELD>([&](int q) INLINE { z[k * HELD + q] = mad(x, held[q], z[k * HELD + q]); });
    });
  }
  each<COUNT * HELD>([&](int n) INLINE { z[n] = z[n] * scale; });
}

// Add what came back to units FROM ... to the gradient of W, sample after sample.
template <int FROM, int HELD, int COUNT, class X>
INLINED void add_outer(const X *const (&inputs)[COUNT], const vec (&back)[COUNT * HELD],
                       Sums &sums) {
  vec g[HELD];
  for (int i = 0; i < WIDTH; i++) {
    each<HELD>([&](int q) INLINE { g[q] = sums.gW[i][FROM + q]; });
    each<COUNT>([&](int k) INLINE {
      const vec x = splat(inputs[k][i]);
      each<HELD>([&](int q) INLINE { g[q] = mad(x, back[k * HELD + q], g[q]); });
    });
    each<HELD>([&](int q) INLINE { sums.gW[i][FROM + q] = g[q]; });
  }
}

// Add blocks of samples, get(0) ... get(blocks - 1), to the loss, to the gradients, or to both.
//
// The hidden units of a block are computed while the sum over those of the block before, a chain of
// dependent operations, is still under way; nothing waits for it then.
template <bool GRADIENT, bool LOSS, class Block, class Net, class Get>
static inline void take(const Net &net, int blocks, Get get, Sums &sums) {
  Block held[2];
  typename Block::Samples samples[2];
  for (int n = -1; n < blocks; n++) {
    Block &now = held[n & 1], &next = held[(n + 1) & 1];
    if (n >= 0) now.errors(net, samples[n & 1]);
    if (n + 1 < blocks) {
      samples[(n + 1) & 1] = get(n + 1);
      next.hidden(net, samples[(n + 1) & 1]);
    }
    if (n < 0) continue;
    if constexpr (LOSS) now.loss(sums.loss);
    if constexpr (GRADIENT) now.gradients(net, samples[n & 1], sums);
  }
}

// Take `count` samples that all pixels see, BLOCK at a time, the rest one by one;
// rows<COUNT>(from) are the samples of a block.
template <bool GRADIENT, bool LOSS, template <int> class Block, class Net, class Rows>
static inline void take_shared(const Net &net, int count, const Rows &rows, Sums &sums) {
  const int whole = count / BLOCK;
  take<GRADIENT, LOSS, Block<BLOCK>>(
      net, whole, [&](int n) { return rows.template get<BLOCK>(n * BLOCK); }, sums);
  if (whole * BLOCK == count) return;
  take<GRADIENT, LOSS, Block<1>>(
      net, count - whole * BLOCK, [&](int n) { return rows.template get<1>(whole * BLOCK + n); },
      sums);
}
