// Newton's iteration for z^3 - 1 (fractbench/problems/newton.py).
//
// Constants: third, two thirds, near, then the roots as pairs.
#include "iterate.h"

constexpr int ROOTS = 3;

struct Newton {
  vec re, im, near[ROOTS], count[ROOTS];
  mask still;

  void load(const Run &run, int64_t place) {
    re = guard(run.gather(run.task.x, place), BAND_UNIT);
    im = guard(run.gather(run.task.y, place), BAND_UNIT);
    for (vec &c : count) c = vec{};
  }

  INLINED vec step(const Task &task, bool) {
    const real *k = task.constants;
    const vec norm = re * re + im * im, inverse = reciprocal(norm);
    const vec a = re * inverse, b = im * inverse * (real)-1;
    const vec next_re = guard(k[1] * re + k[0] * (a * a - b * b), BAND_UNIT);
    const vec next_im = guard(k[1] * im + k[0] * ((real)2 * (a * b)), BAND_UNIT);
    for (int r = 0; r < ROOTS; r++) {
      const vec dx = re - k[3 + 2 * r], dy = im - k[4 + 2 * r];
      near[r] = select(dx * dx + dy * dy < k[2], splat((real)1), vec{});
      count[r] = count[r] + near[r];
    }
    still = (bits(next_re) == bits(re)) & (bits(next_im) == bits(im));
    re = next_re;
    im = next_im;
    return norm;
  }

  mask finished() const { return still | ((re != re) & (im != im)); }

  // Adding 0 changes no count, so a pixel without a number counts no further.
  INLINED void rest(bool) {
    const mask number = (re == re) & (im == im);
    for (int r = 0; r < ROOTS; r++) count[r] = count[r] + select(number, near[r], vec{});
  }

  void store(const Run &run, int64_t place) const {
    const Task &task = run.task;
    for (int r = 0; r < ROOTS; r++) run.scatter(task.out + r * task.pixels, place, count[r]);
  }
};

extern "C" int fb_run(const Task *task, int64_t first, int64_t count) {
  iterate<Newton>(Run{*task, first, count});
  return 0;
}
