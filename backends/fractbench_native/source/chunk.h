// Trains a chunk of pixels, a vector of them at a time, each whole training inside the caches.
//
// All pixels of a chunk are at the same step, to within a stride. After each stride, finished
// pixels leave their lanes and the last ones of the chunk move in, so that vectors stay full.
#pragma once

#include <memory>
#include <new>
#include <vector>

#include "measure.h"

enum { NONE = 0, ONCE = 1, DRIFT = 2 };  // what x is added to
constexpr int STRIDE = 8;

static inline real &at(vec &v, int lane) { return ((real *)&v)[lane]; }

// The losses of a vector of pixels. A Task has pixels, steps, late, out and losses.
struct Watched {
  vec loss_0, inverse_0, v;
  Measure measure;

  template <class Task>
  void judge(const Task &task, vec loss, int t, const int64_t *pixels) {
    if (t == 0) {
      loss_0 = loss;
      inverse_0 = reciprocal(loss);
    }
    v = Measure::relative(loss, loss_0, inverse_0);
    measure.observe(v, t >= task.steps - task.late);
    if (task.losses)
      for (int l = 0; l < LANES; l++) task.losses[t * task.pixels + pixels[l]] = loss[l];
  }

  // Make the additions that remain, one by one, and hand the accumulators over.
  template <class Task>
  void finish(const Task &task, int lane, int64_t p, int done, bool dead) const {
    Measure rest;
    rest.sum_v = splat(measure.sum_v[lane]);
    rest.sum_inverse = splat(measure.sum_inverse[lane]);
    rest.sum_inverse_low = splat(measure.sum_inverse_low[lane]);
    rest.last = splat(measure.last[lane]);
    const vec same = splat(dead ? CAP : v[lane]);
    for (int t = done; t < task.steps; t++) rest.observe(same, t >= task.steps - task.late);
    if (task.losses)
      for (int64_t t = done; t < task.steps; t++)
        task.losses[t * task.pixels + p] =
            dead ? (real)NAN : task.losses[(t - 1) * task.pixels + p];
    task.out[p] = rest.sum_v[0];
    task.out[task.pixels + p] = rest.sum_inverse[0];
    task.out[2 * task.pixels + p] = rest.sum_inverse_low[0];
    task.out[3 * task.pixels + p] = rest.last[0];
  }
};

// A Trainer has a Task; a Group, everything that a vector of pixels carries: vectors only, so that
// a lane can be moved whole, and zero before fill(group, lane, pixel) and begin(group);
// step(group, t, pixels); look(group), which keeps and returns the lanes whose losses are known to
// the end; finish(group, lane, pixel, done) for a lane of the group that was looked at.
template <class Trainer>
struct Chunk {
  using Group = typename Trainer::Group;
  static constexpr size_t FIELDS = sizeof(Group) / sizeof(vec);

  Trainer trainer;
  std::vector<Group> groups;
  std::vector<int64_t> pixel;  // of every lane
  int64_t live;

  Chunk(const typename Trainer::Task &task, int64_t first, int64_t count)
      : trainer{task}, groups((size_t)((count + LANES - 1) / LANES)),
        pixel(groups.size() * LANES), live(count) {
    for (int64_t n = 0; n < (int64_t)pixel.size(); n++) {
      pixel[n] = first + (n < live ? n : live - 1);
      trainer.fill(groups[n / LANES], (int)(n % LANES), pixel[n]);
    }
    for (Group &g : groups) trainer.begin(g);
  }

  static void move_lane(Group &to, int lane_to, const Group &from, int lane_from) {
    real *target = (real *)&to + lane_to;
    const real *source = (const real *)&from + lane_from;
    for (size_t f = 0; f < FIELDS; f++) target[f * LANES] = source[f * LANES];
  }

  void retire(int done, bool everyone) {
    mask over{};
    for (int64_t n = live - 1; n >= 0; n--) {
      Group &g = groups[n / LANES];
      const int lane = (int)(n % LANES);
      if (lane == LANES - 1 || n == live - 1) over = trainer.look(g);
      if (!everyone && !over[lane]) continue;
      trainer.finish(g, lane, pixel[n], done);
      live--;
      move_lane(g, lane, groups[live / LANES], (int)(live % LANES));
      pixel[n] = pixel[live];
    }
  }

  void run() {
    const auto &task = trainer.task;
    for (int t = 0; t < task.steps && live; t += STRIDE) {
      const int end = t + STRIDE < task.steps ? t + STRIDE : task.steps;
      for (int64_t g = 0; g * LANES < live; g++)
        for (int s = t; s < end; s++) trainer.step(groups[g], s, &pixel[g * LANES]);
      if (task.early_exit && end < task.steps) retire(end, false);
    }
    retire(task.steps, true);
  }
};

// Train `count` pixels from `first` on. Return 0, or 1 where memory is short.
template <class Trainer>
static int train(const typename Trainer::Task &task, int64_t first, int64_t count) try {
  // On the heap: it may be larger than a thread's stack.
  std::make_unique<Chunk<Trainer>>(task, first, count)->run();
  return 0;
} catch (const std::bad_alloc &) {
  return 1;
}
