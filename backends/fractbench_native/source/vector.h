// Vectors of one real type: a lane is a pixel. The only file that knows an instruction set.
//
// FB_REAL is float or double; FB_BYTES is the size of a vector, that of the machine's registers
// unless given. Every operation rounds each lane once, so neither changes a bit.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifndef FB_REAL
#define FB_REAL float
#endif
#ifndef FB_BYTES
#if defined(__AVX512F__)
#define FB_BYTES 64
#elif defined(__AVX2__)
#define FB_BYTES 32
#else
#define FB_BYTES 16
#endif
#endif

using real = FB_REAL;
using integer = std::conditional_t<sizeof(real) == 4, int32_t, int64_t>;
constexpr int LANES = FB_BYTES / sizeof(real);

typedef real vec __attribute__((vector_size(FB_BYTES)));
using mask = decltype(vec{} < vec{});

// Write out f(0) ... f(COUNT - 1), so that small arrays of vectors stay in registers.
template <class F, int... K>
[[gnu::always_inline]] static inline void each_of(F &&f, std::integer_sequence<int, K...>) {
  (f(K), ...);
}
template <int COUNT, class F>
[[gnu::always_inline]] static inline void each(F &&f) {
  each_of(f, std::make_integer_sequence<int, COUNT>{});
}
#define INLINE __attribute__((always_inline))
#define INLINED INLINE inline

// How many registers there are decides how many units are held at once.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int REGISTERS = 32;
#else
constexpr int REGISTERS = 16;
#endif

// x - 0 is x, whatever its sign; g++ and clang both make it one broadcast.
static inline vec splat(real x) { return x - vec{}; }
static inline vec splat(vec x) { return x; }

static inline mask bits(vec x) { return (mask)x; }
static inline vec from_bits(mask x) { return (vec)x; }
static inline vec select(mask m, vec a, vec b) { return m ? a : b; }

static inline vec absolute(vec x) {
  return from_bits(bits(x) & (std::is_same_v<real, float> ? 0x7fffffff : INT64_MAX));
}
static inline vec sign_of(vec x) { return from_bits(bits(x) ^ bits(absolute(x))); }

static inline bool any(mask m) {
  integer out = 0;
  for (int l = 0; l < LANES; l++) out |= m[l];
  return out != 0;
}
static inline bool all(mask m) { return !any(~m); }

// Round to an integer, ties to even, keeping the sign: beyond `large` every number is one.
static inline vec nearest(vec x) {
  const vec large = splat((real)(sizeof(real) == 4 ? 0x1p23 : 0x1p52));
  const vec sign = sign_of(x);
  const vec shift = from_bits(bits(large) | bits(sign));
  const vec rounded = from_bits(bits(absolute((x + shift) - shift)) | bits(sign));
  return select(absolute(x) < large, rounded, x);
}

// The product plus c: rounded twice under `strict`, once under `fma`.
static inline vec mad(vec a, vec b, vec c) {
#if !FB_FUSED
  return c + a * b;
#elif defined(__AVX512F__) && FB_BYTES == 64
  if constexpr (sizeof(real) == 4)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
  else
    return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__) && FB_BYTES == 32
  if constexpr (sizeof(real) == 4)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
  else
    return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__FMA__) && FB_BYTES == 16
  if constexpr (sizeof(real) == 4)
    return (vec)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
  else
    return (vec)_mm_fmadd_pd((__m128d)a, (__m128d)b, (__m128d)c);
#elif defined(__aarch64__) && FB_BYTES == 16
  if constexpr (sizeof(real) == 4)
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
  else
    return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
  vec out;
  for (int l = 0; l < LANES; l++) out[l] = std::fma(a[l], b[l], c[l]);
  return out;
#endif
}
