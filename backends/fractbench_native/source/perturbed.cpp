// A network's difference from a reference orbit, step by step (fractbench/zoom/program.py).
#include "perturbed.h"

#include <cstring>

#include "canary.h"
#include "chunk.h"
#include "levels.h"

// The same members, in the same order, as in fractbench_native/perturbed.py. A row of the orbit
// belongs to a step.
struct Task {
  const real *X;               // (samples, WIDTH)
  const real *x, *y;           // (pixels)
  const int32_t *order;        // (steps, batch) where FB_BATCH is SHARED_ORDER
  const real *u, *h, *q;       // (steps, samples, WIDTH)
  const real *e, *d;           // (steps, samples)
  const real *v, *gW, *gv;     // (steps, WIDTH), (steps, WIDTH, WIDTH), (steps, WIDTH)
  const real *sigmas, *inverses;
  real *out, *losses;          // (ACCUMULATORS + 1, pixels); (steps, pixels) or null
  int64_t pixels;
  int32_t samples, batch, steps, late;
  int32_t offset, early_exit;
  Scales scales;
  real level, rate_W, rate_v, limit, band_change, top;
};

// Samples of one step by their place: row(k) is that of the k-th.
template <class Row>
struct Rows {
  const Task &task;
  int64_t first;  // of the step's samples
  Row row;

  template <int COUNT>
  Reference<COUNT> get(int from) const {
    Reference<COUNT> s;
    for (int k = 0; k < COUNT; k++) {
      const int64_t place = row(from + k), at = first + place;
      s.x[k] = task.X + place * WIDTH;
      s.u[k] = task.u + at * WIDTH;
      s.h[k] = task.h + at * WIDTH;
      s.q[k] = task.q + at * WIDTH;
      s.e[k] = task.e[at];
      s.d[k] = task.d[at];
    }
    return s;
  }
};

struct Trainer {
  using Task = ::Task;
  struct Group {
    Weights w;
    vec x, y, level;
    Watched watched;
  };

  const Task &task;
  Sums sums{};
  mask over{};  // of the vector that was looked at

  void fill(Group &g, int lane, int64_t p) const {
    at(g.x, lane) = task.x[p];
    at(g.y, lane) = task.y[p];
    at(g.level, lane) = task.level;
  }

  void begin(Group &g) const {
    if (task.offset == NONE) return;
    for (auto &row : g.w.W)
      for (vec &w : row) w = w + g.x;
  }

  Levels levels() const { return {task.sigmas, task.inverses, task.limit}; }

  template <bool GRADIENT, bool LOSS, class Row>
  void samples(const Net &net, int t, int count, Row row) {
    const Rows<Row> rows{task, (int64_t)t * task.samples, row};
    take_shared<GRADIENT, LOSS, Block>(net, count, rows, sums);
  }

  void step(Group &g, int t, const int64_t *pixels) {
    Net net{g.w, task.scales, task.band_change, task.top, task.v + (int64_t)t * WIDTH,
            Levels::of<FB_KNOWN>(task.sigmas, g.level),
            Levels::of<FB_INVERSES>(task.inverses, g.level), {}};
    for (int j = 0; j < WIDTH; j++) net.v[j] = net.v_ref[j] + net.sigma * g.w.v[j];
    memset((void *)&sums, 0, sizeof sums);
    samples<FB_BATCH == FULL, true>(net, t, task.samples, [](int64_t k) { return k; });
    if constexpr (FB_BATCH == SHARED_ORDER) {
      const int32_t *order = task.order + (int64_t)t * task.batch;
      samples<true, false>(net, t, task.batch, [=](int64_t k) { return (int64_t)order[k]; });
    }
    g.watched.judge(task, sums.loss * task.scales.inverse_samples, t, pixels);
    update(g, net.sigma, t);
    lower(g);
  }

  void update(Group &g, vec sigma, int t) const {
    const vec change_W = task.offset == NONE ? g.x : g.y, change_v = g.y;
    const vec rate_W = task.rate_W + sigma * change_W, rate_v = task.rate_v + sigma * change_v;
    const real *gW = task.gW + (int64_t)t * WIDTH * WIDTH, *gv = task.gv + (int64_t)t * WIDTH;
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        const vec way = rate_W * sums.gW[i][j] + change_W * gW[i * WIDTH + j];
        g.w.W[i][j] = g.w.W[i][j] - way;
        if (task.offset == DRIFT) g.w.W[i][j] = g.w.W[i][j] + g.x;
      }
      g.w.v[i] = g.w.v[i] - (rate_v * sums.gv[i] + change_v * gv[i]);
    }
  }

  // Bring down the differences that have grown, and guard them all. At level 0 none comes down.
  void lower(Group &g) const {
    vec factor = splat((real)1);
    if (any(0 < g.level)) factor = levels().lower(largest(g.w), &g.level);
    for (auto &row : g.w.W)
      for (vec &w : row) w = guard(w * factor, BAND_STATE);
    for (vec &v : g.w.v) v = guard(v * factor, BAND_STATE);
    g.x = guard(g.x * factor, BAND_TINY);
    g.y = guard(g.y * factor, BAND_TINY);
  }

  // The lanes whose losses are NaN for good. NaN in v or W makes De, so e, Dd and every gradient NaN:
  // the loss is NaN from the next step on, all of W and v after it, and NaN never lowers a level. So
  // the level stays, too.
  mask look(const Group &g) {
    mask number = ~mask{};
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) number &= g.w.W[i][j] == g.w.W[i][j];
      number &= g.w.v[i] == g.w.v[i];
    }
    return over = ~number;
  }

  void finish(const Group &g, int lane, int64_t p, int done) const {
    g.watched.finish(task, lane, p, done, over[lane]);
    task.out[ACCUMULATORS * task.pixels + p] = g.level[lane];
  }
};

extern "C" int fb_run(const Task *task, int64_t first, int64_t count) {
  return train<Trainer>(*task, first, count);
}
