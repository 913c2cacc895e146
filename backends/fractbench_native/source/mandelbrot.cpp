// z -> z^2 + c under the published measure (fractbench/problems/mandelbrot.py).
#include "iterate.h"
#include "measure.h"

struct Mandelbrot {
  vec re, im, x, y, v;
  mask still;
  Measure measure;

  void load(const Run &run, int64_t place) {
    x = run.gather(run.task.x, place);
    y = run.gather(run.task.y, place);
    re = guard(x, BAND_STATE);
    im = guard(y, BAND_STATE);
    measure = Measure{};
  }

  INLINED vec step(const Task &, bool late) {
    const vec re2 = re * re, im2 = im * im, cross = (real)2 * (re * im);
    const vec loss = re2 + im2;
    v = Measure::relative(loss, splat((real)4), splat((real)0.25));
    measure.observe(v, late);
    const vec next_re = guard((re2 - im2) + x, BAND_STATE), next_im = guard(cross + y, BAND_STATE);
    still = (bits(next_re) == bits(re)) & (bits(next_im) == bits(im));
    re = next_re;
    im = next_im;
    return loss;
  }

  // z stands still, or is no number for good: then every later v is the last one, or the cap.
  mask finished() const { return still | (re != re) | (im != im); }

  INLINED void rest(bool late) {
    measure.observe(select((re != re) | (im != im), splat(CAP), v), late);
  }

  void store(const Run &run, int64_t place) const {
    const Task &task = run.task;
    run.scatter(task.out, place, measure.sum_v);
    run.scatter(task.out + task.pixels, place, measure.sum_inverse);
    run.scatter(task.out + 2 * task.pixels, place, measure.sum_inverse_low);
    run.scatter(task.out + 3 * task.pixels, place, measure.last);
  }
};

extern "C" int fb_run(const Task *task, int64_t first, int64_t count) {
  iterate<Mandelbrot>(Run{*task, first, count});
  return 0;
}
