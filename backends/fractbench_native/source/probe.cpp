// The roofline: how fast this machine multiplies and adds in registers, nothing else.
//
// CHAINS independent sums hide every latency. `fused` fuses each product into its sum; `unfused`
// rounds both. Compiled with FB_FUSED=1. Returns the number of floating-point operations; the
// caller keeps the time, and gives factor and term, so that nothing is known beforehand. `sink`
// depends on every lane of every sum. `copy` is the memory's part.
#include <cstring>

#include "canary.h"

constexpr int CHAINS = REGISTERS == 32 ? 20 : 10;

template <bool FUSED>
static double probe(int64_t rounds, const real *given, real *sink) {
  vec sum[CHAINS], factor = splat(given[0]), term = splat(given[1]);
  for (int k = 0; k < CHAINS; k++) sum[k] = splat((real)(1 + k));
  for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 20
    for (int k = 0; k < CHAINS; k++)
      sum[k] = FUSED ? mad(sum[k], factor, term) : sum[k] * factor + term;
  }
  for (int k = 1; k < CHAINS; k++) sum[0] = sum[0] + sum[k];
  real all = 0;
  for (int lane = 0; lane < LANES; lane++) all += sum[0][lane];
  *sink = all;
  return 2.0 * CHAINS * LANES * (double)rounds;
}

extern "C" double fb_unfused(int64_t rounds, const real *given, real *sink) {
  return probe<false>(rounds, given, sink);
}
extern "C" double fb_fused(int64_t rounds, const real *given, real *sink) {
  return probe<true>(rounds, given, sink);
}
extern "C" void fb_copy(char *to, const char *from, int64_t bytes) {
  memcpy(to, from, (size_t)bytes);
}
extern "C" int fb_lanes() { return LANES; }
