// What a library says of its own arithmetic, before it is trusted (fractbench_native/canary.py).
#pragma once

#include "primitives.h"

// Rows of `out`, (9, count), from rows of `in`, (4, count): a, b, c and specials; count is a
// multiple of LANES.
extern "C" void fb_canary(const real *in, real *out, int64_t count) {
  for (int64_t n = 0; n < count; n += LANES) {
    vec a, b, c, special, row[9], error;
    for (int l = 0; l < LANES; l++) {
      a[l] = in[n + l];
      b[l] = in[count + n + l];
      c[l] = in[2 * count + n + l];
      special[l] = in[3 * count + n + l];
    }
    vec bounded[1] = {special};
    tanh_all<1>(bounded);
    row[0] = a * b - c;
    row[1] = mad(a, b, c * (real)-1);
    row[2] = two_sum(a, b * c, &error);
    row[3] = error;
    row[4] = reciprocal(special);
    row[5] = bounded[0];
    row[6] = sin2pi(a);
    row[7] = cos2pi(special);
    row[8] = select(special < 0, vec{}, special);
    for (int r = 0; r < 9; r++)
      for (int l = 0; l < LANES; l++) out[r * count + n + l] = row[r][l];
  }
}
