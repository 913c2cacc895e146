// Trains a chunk of pixels, a vector of them at a time, each whole training inside the caches.
//
// All pixels of a chunk are at the same step, to within a stride. After each stride, finished
// pixels leave their lanes and the last ones of the chunk move in, so that vectors stay full.
#include "network.h"

#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "canary.h"
#include "measure.h"

// The same members, in the same order, as in fractbench_native/network.py.
struct Task {
  const real *X, *Y;        // (samples, WIDTH), (samples)
  const real *W, *v;        // (WIDTH, WIDTH), (WIDTH); of every pixel where own_weights
  const real *x, *y;        // (pixels)
  const int32_t *order;     // (steps, batch), of every pixel where FB_BATCH is OWN_ORDER
  real *out, *losses;       // (ACCUMULATORS, pixels); (steps, pixels) or null
  int64_t pixels;
  int32_t samples, batch, steps, late;
  int32_t offset, own_weights, early_exit;
  Scales scales;
};

#ifndef FB_BATCH
#define FB_BATCH 0
#endif

enum { NONE = 0, ONCE = 1, DRIFT = 2 };                 // what x is added to
enum { FULL = 0, SHARED_ORDER = 1, OWN_ORDER = 2 };     // which samples enter a gradient
constexpr int STRIDE = 8;

// Everything that a vector of pixels carries: vectors only, so that a lane can be moved whole.
struct Group {
  Weights w;
  vec rate_W, rate_v, offset, loss_0, inverse_0, v, settled;
  Measure measure;
};

constexpr size_t FIELDS = sizeof(Group) / sizeof(vec);

static inline void move_lane(Group *to, int lane_to, const Group *from, int lane_from) {
  real *target = (real *)to + lane_to;
  const real *source = (const real *)from + lane_from;
  for (size_t f = 0; f < FIELDS; f++) target[f * LANES] = source[f * LANES];
}

static inline real &at(vec &v, int lane) { return ((real *)&v)[lane]; }

struct Chunk {
  const Task &task;
  Group *groups;
  int64_t *pixel;  // of every lane
  int64_t first, live;
  Sums sums;
  mask over, still;  // of the vector that `retire` looks at

  void start() {
    for (int64_t n = 0; n < (live + LANES - 1) / LANES * LANES; n++) {
      const int64_t p = first + (n < live ? n : live - 1);
      pixel[n] = p;
      fill(groups[n / LANES], (int)(n % LANES), p);
    }
    for (int64_t g = 0; g * LANES < live; g++) shift(groups[g]);
  }

  void fill(Group &g, int lane, int64_t p) {
    const int64_t stride = task.own_weights ? task.pixels : 1, from = task.own_weights ? p : 0;
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++)
        at(g.w.W[i][j], lane) = task.W[(i * WIDTH + j) * stride + from];
      at(g.w.v[i], lane) = task.v[i * stride + from];
    }
    at(g.rate_W, lane) = task.offset == NONE ? task.x[p] : task.y[p];
    at(g.rate_v, lane) = task.y[p];
    at(g.offset, lane) = task.x[p];
  }

  void shift(Group &g) {
    if (task.offset == NONE) return;
    for (auto &row : g.w.W)
      for (vec &w : row) w = guard(w + g.offset, BAND_STATE);
  }

  // A full batch, and the loss alone: rows of X as they lie.
  template <bool GRADIENT>
  void all_samples(const Weights &w) {
    shared<GRADIENT, true>(w, task.samples, [](int64_t k) { return k; });
  }

  // Samples that all pixels see; row(k) is the place of the k-th.
  template <bool GRADIENT, bool LOSS, class Row>
  void shared(const Weights &w, int count, Row row) {
    const int whole = count / BLOCK;
    take<GRADIENT, LOSS, BLOCK, real>(
        w, whole, [&](int n) { return rows<BLOCK>(n * BLOCK, row); }, task.scales, sums);
    if (whole * BLOCK == count) return;
    take<GRADIENT, LOSS, 1, real>(
        w, count - whole * BLOCK, [&](int n) { return rows<1>(whole * BLOCK + n, row); },
        task.scales, sums);
  }

  template <int COUNT, class Row>
  Samples<COUNT, real> rows(int from, Row row) const {
    Samples<COUNT, real> s;
    for (int k = 0; k < COUNT; k++) {
      const int64_t place = row(from + k);
      s.x[k] = task.X + place * WIDTH;
      s.y[k] = task.Y[place];
    }
    return s;
  }

  void batch(const Weights &w, int step, const int64_t *pixels) {
    if constexpr (FB_BATCH == OWN_ORDER) {
      own(w, task.order + (int64_t)step * task.batch * task.pixels, pixels);
    } else {
      const int32_t *order = task.order + (int64_t)step * task.batch;
      shared<true, false>(w, task.batch, [&](int64_t k) { return (int64_t)order[k]; });
    }
  }

  // Samples of every pixel's own order, gathered lane by lane.
  void own(const Weights &w, const int32_t *order, const int64_t *pixels) {
    vec x[2][WIDTH];
    const auto gathered = [&](int n) {
      Samples<1, vec> s;
      s.x[0] = x[n & 1];
      for (int l = 0; l < LANES; l++) {
        const int64_t place = order[n * task.pixels + pixels[l]];
        for (int i = 0; i < WIDTH; i++) at(x[n & 1][i], l) = task.X[place * WIDTH + i];
        at(s.y[0], l) = task.Y[place];
      }
      return s;
    };
    take<true, false, 1, vec>(w, task.batch, gathered, task.scales, sums);
  }

  void step(Group &g, int t, const int64_t *pixels) {
    memset((void *)&sums, 0, sizeof sums);
    all_samples<FB_BATCH == FULL>(g.w);
    if constexpr (FB_BATCH != FULL) batch(g.w, t, pixels);
    const vec loss = sums.loss * task.scales.inverse_samples;
    if (t == 0) {
      g.loss_0 = loss;
      g.inverse_0 = reciprocal(loss);
    }
    g.v = Measure::relative(loss, g.loss_0, g.inverse_0);
    g.measure.observe(g.v, t >= task.steps - task.late);
    if (task.losses)
      for (int l = 0; l < LANES; l++) task.losses[t * task.pixels + pixels[l]] = loss[l];
    update(g);
  }

  // The step itself; `settled` tells the lanes in which it changed nothing.
  void update(Group &g) {
    mask same = ~mask{};
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        vec w = g.w.W[i][j] - g.rate_W * sums.gW[i][j];
        if (task.offset == DRIFT) w = w + g.offset;
        w = guard(w, BAND_STATE);
        same &= bits(w) == bits(g.w.W[i][j]);
        g.w.W[i][j] = w;
      }
      const vec v = guard(g.w.v[i] - g.rate_v * sums.gv[i], BAND_STATE);
      same &= bits(v) == bits(g.w.v[i]);
      g.w.v[i] = v;
    }
    g.settled = from_bits(same);
  }

  // The lanes whose losses are known to the end: NaN for good, or a full batch that stands still.
  mask finished(const Group &g) const {
    mask number = ~mask{};
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) number &= g.w.W[i][j] == g.w.W[i][j];
      number &= g.w.v[i] == g.w.v[i];
    }
    return ~number | (FB_BATCH == FULL ? bits(g.settled) : mask{});
  }

  // Make the additions that remain, one by one, and hand the accumulators over.
  void finish(Group &g, int lane, int64_t p, int done, bool dead) {
    Measure rest;
    rest.sum_v = splat(g.measure.sum_v[lane]);
    rest.sum_inverse = splat(g.measure.sum_inverse[lane]);
    rest.sum_inverse_low = splat(g.measure.sum_inverse_low[lane]);
    rest.last = splat(g.measure.last[lane]);
    const vec v = splat(dead ? CAP : g.v[lane]);
    for (int t = done; t < task.steps; t++) rest.observe(v, t >= task.steps - task.late);
    if (task.losses)
      for (int64_t t = done; t < task.steps; t++)
        task.losses[t * task.pixels + p] =
            dead ? (real)NAN : task.losses[(t - 1) * task.pixels + p];
    task.out[p] = rest.sum_v[0];
    task.out[task.pixels + p] = rest.sum_inverse[0];
    task.out[2 * task.pixels + p] = rest.sum_inverse_low[0];
    task.out[3 * task.pixels + p] = rest.last[0];
  }

  void retire(int done, bool everyone) {
    for (int64_t n = live - 1; n >= 0; n--) {
      Group &g = groups[n / LANES];
      const int lane = (int)(n % LANES);
      if (lane == LANES - 1 || n == live - 1) {
        over = finished(g);
        still = bits(g.settled);
      }
      if (!everyone && !over[lane]) continue;
      finish(g, lane, pixel[n], done, !still[lane] && over[lane]);
      live--;
      move_lane(&g, lane, &groups[live / LANES], (int)(live % LANES));
      pixel[n] = pixel[live];
    }
  }

  void run() {
    start();
    for (int t = 0; t < task.steps && live; t += STRIDE) {
      const int end = t + STRIDE < task.steps ? t + STRIDE : task.steps;
      for (int64_t g = 0; g * LANES < live; g++)
        for (int s = t; s < end; s++) step(groups[g], s, pixel + g * LANES);
      if (task.early_exit && end < task.steps) retire(end, false);
    }
    retire(task.steps, true);
  }
};

// Train `count` pixels from `first` on. Return 0, or 1 where memory is short.
extern "C" int fb_run(const Task *task, int64_t first, int64_t count) try {
  const size_t groups = (size_t)((count + LANES - 1) / LANES);
  std::vector<Group> held(groups);
  std::vector<int64_t> pixel(groups * LANES);
  std::unique_ptr<Chunk> chunk(
      new Chunk{*task, held.data(), pixel.data(), first, count, {}, {}, {}});
  chunk->run();
  return 0;
} catch (const std::bad_alloc &) {
  return 1;
}
