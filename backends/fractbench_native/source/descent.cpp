// Gradient descent on cosine-perturbed quadratics (fractbench/problems/descent.py).
//
// Constants: epsilon, coupling, bound, band, then the frequencies, the pulls and the start.
#include "iterate.h"

#ifndef FB_KIND
#define FB_KIND 0
#define FB_WAVES 1
#define FB_DIMENSIONS 1
#endif

enum { ADDITIVE = 0, MULTIPLICATIVE = 1, COUPLED = 2 };
constexpr int WAVES = FB_WAVES;
constexpr int COORDINATES = FB_KIND == COUPLED ? 2 : FB_DIMENSIONS;

struct Descent {
  vec x[COORDINATES], rate[COORDINATES], inside, steps_inside, sum_loss, loss;
  mask still;

  void load(const Run &run, int64_t place) {
    const Task &task = run.task;
    const real *start = task.constants + 4 + 2 * WAVES;
    for (int i = 0; i < COORDINATES; i++) {
      x[i] = splat(start[i]);
      rate[i] = run.gather(FB_KIND == COUPLED && i == 1 ? task.y : task.x, place);
    }
    inside = splat((real)1);
    steps_inside = sum_loss = vec{};
  }

  INLINED static vec sum(const vec (&terms)[COORDINATES]) {
    vec total = terms[0];
    for (int i = 1; i < COORDINATES; i++) total = total + terms[i];
    return total;
  }

  INLINED vec additive(const real *k, vec (&gradient)[COORDINATES]) const {
    vec terms[COORDINATES];
    for (int i = 0; i < COORDINATES; i++) {
      terms[i] = x[i] * x[i];
      gradient[i] = (real)2 * x[i];
      for (int w = 0; w < WAVES; w++) {
        const vec angle = x[i] * k[4 + w];
        terms[i] = terms[i] + k[0] * cos2pi(angle);
        gradient[i] = gradient[i] - k[4 + WAVES + w] * sin2pi(angle);
      }
    }
    return sum(terms);
  }

  INLINED vec multiplicative(const real *k, vec (&gradient)[COORDINATES]) const {
    vec terms[COORDINATES], sines[COORDINATES];
    for (int i = 0; i < COORDINATES; i++) terms[i] = x[i] * x[i];
    const vec square = sum(terms);
    vec factor = splat((real)1);
    for (int w = 0; w < WAVES; w++) {
      for (int i = 0; i < COORDINATES; i++) {
        const vec angle = x[i] * k[4 + w];
        terms[i] = cos2pi(angle);
        const vec pull = k[4 + WAVES + w] * sin2pi(angle);
        sines[i] = w == 0 ? pull : sines[i] + pull;
      }
      factor = factor + k[0] * sum(terms);
    }
    for (int i = 0; i < COORDINATES; i++)
      gradient[i] = (real)2 * x[i] * factor - square * sines[i];
    return square * factor;
  }

  INLINED vec coupled(const real *k, vec (&gradient)[COORDINATES]) const {
    const vec a = x[0], b = x[COORDINATES - 1], angle = (a - b) * k[4];
    const vec bowl = a * a + k[1] * (a * b) + b * b;
    const vec bump = k[0] * ((real)1 + cos2pi(angle)), pull = k[4 + WAVES] * sin2pi(angle);
    gradient[0] = (real)2 * a + k[1] * b - pull;
    gradient[COORDINATES - 1] = (real)2 * b + k[1] * a + pull;
    return bowl + bump;
  }

  INLINED vec step(const Task &task, bool) {
    const real *k = task.constants;
    vec gradient[COORDINATES];
    if constexpr (FB_KIND == ADDITIVE) loss = additive(k, gradient);
    if constexpr (FB_KIND == MULTIPLICATIVE) loss = multiplicative(k, gradient);
    if constexpr (FB_KIND == COUPLED) loss = coupled(k, gradient);
    inside = select(loss <= k[2], inside, vec{});
    count();
    still = ~mask{};
    for (int i = 0; i < COORDINATES; i++) {
      const vec next = guard(x[i] - rate[i] * gradient[i], k[3]);
      still &= bits(next) == bits(x[i]);
      x[i] = next;
    }
    return loss;
  }

  INLINED void count() {
    steps_inside = steps_inside + inside;
    sum_loss = sum_loss + select(inside == (real)1, loss, vec{});
  }

  // Once outside, nothing is added any more; where nothing moves, the loss stays.
  mask finished() const { return still | (inside == (real)0); }

  INLINED void rest(bool) { count(); }

  void store(const Run &run, int64_t place) const {
    const Task &task = run.task;
    run.scatter(task.out, place, steps_inside);
    run.scatter(task.out + task.pixels, place, sum_loss);
  }
};

extern "C" int fb_run(const Task *task, int64_t first, int64_t count) {
  iterate<Descent>(Run{*task, first, count});
  return 0;
}
