// The driver of the small problems: a few vectors of pixels at once, each to the end of its run.
//
// A Program holds vectors only. It has load(run, place), step(task, late) -> the watched signal,
// finished() -> the lanes whose rest is known, rest(late), which makes one step's additions for
// those, and store(run, place). Several vectors take turns at every step, because one alone is a
// chain of dependent operations and leaves the processor waiting.
#pragma once

#include "canary.h"
#include "primitives.h"

constexpr int TOGETHER = 8;
constexpr int STRIDE = 16;

// The same members, in the same order, as in fractbench_native/controls.py.
struct Task {
  const real *x, *y;     // (pixels)
  const real *constants; // see each program
  real *out, *losses;    // (accumulators, pixels); (steps, pixels) or null
  int64_t pixels;
  int32_t steps, late, early_exit;
};

// A run of pixels; the last one stands in for those that a vector has no use for.
struct Run {
  const Task &task;
  int64_t first, count;

  vec gather(const real *from, int64_t place) const {
    vec out{};
    for (int l = 0; l < LANES; l++)
      out[l] = from[first + (place + l < count ? place + l : count - 1)];
    return out;
  }

  void scatter(real *to, int64_t place, vec values) const {
    for (int l = 0; l < LANES && place + l < count; l++) to[first + place + l] = values[l];
  }

  bool late(int step) const { return step >= task.steps - task.late; }
};

// Up to TOGETHER vectors from `place` on.
template <class Program>
struct Turns {
  const Run &run;
  int64_t place;
  int vectors;
  Program held[TOGETHER];
  int done[TOGETHER], going[TOGETHER], active;

  void start() {
    active = vectors;
    for (int u = 0; u < vectors; u++) {
      done[u] = 0;
      going[u] = u;
      held[u].load(run, place + u * LANES);
    }
  }

  void step(int s) {
    const Task &task = run.task;
    for (int n = 0; n < active; n++) {
      const int u = going[n];
      const vec loss = held[u].step(task, run.late(s));
      if (task.losses) run.scatter(task.losses + s * task.pixels, place + u * LANES, loss);
    }
  }

  void retire(int end) {
    for (int n = active - 1; n >= 0; n--) {
      done[going[n]] = end;
      if (all(held[going[n]].finished())) going[n] = going[--active];
    }
  }

  void finish() {
    for (int u = 0; u < vectors; u++) {
      for (int s = done[u]; s < run.task.steps; s++) held[u].rest(run.late(s));
      held[u].store(run, place + u * LANES);
    }
  }
};

template <class Program>
static void iterate(const Run &run) {
  const Task &task = run.task;
  Turns<Program> turns{run, 0, 0, {}, {}, {}, 0};
  for (; turns.place < run.count; turns.place += TOGETHER * LANES) {
    const int64_t left = (run.count - turns.place + LANES - 1) / LANES;
    turns.vectors = left < TOGETHER ? (int)left : TOGETHER;
    turns.start();
    for (int t = 0; t < task.steps && turns.active; t += STRIDE) {
      const int end = t + STRIDE < task.steps ? t + STRIDE : task.steps;
      for (int s = t; s < end; s++) turns.step(s);
      if (task.early_exit && !task.losses) turns.retire(end);
    }
    for (int n = 0; n < turns.active; n++) turns.done[turns.going[n]] = task.steps;
    turns.finish();
  }
}
