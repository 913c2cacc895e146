// The network from weights on: gradient steps, early exits and the measure.
#include "network.h"

#include <cstring>

#include "canary.h"
#include "chunk.h"

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

template <int COUNT>
using Block = BlockOf<COUNT, real>;

// Samples by their place: row(k) is that of the k-th.
template <class Row>
struct Rows {
  const Task &task;
  Row row;

  template <int COUNT>
  SamplesOf<COUNT, real> get(int from) const {
    SamplesOf<COUNT, real> s;
    for (int k = 0; k < COUNT; k++) {
      const int64_t place = row(from + k);
      s.x[k] = task.X + place * WIDTH;
      s.y[k] = task.Y[place];
    }
    return s;
  }
};

struct Trainer {
  using Task = ::Task;
  struct Group {
    Weights w;
    vec rate_W, rate_v, offset, settled;
    Watched watched;
  };

  const Task &task;
  Sums sums{};
  mask over{}, still{};  // of the vector that was looked at

  void fill(Group &g, int lane, int64_t p) const {
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

  void begin(Group &g) const {
    if (task.offset == NONE) return;
    for (auto &row : g.w.W)
      for (vec &w : row) w = guard(w + g.offset, BAND_STATE);
  }

  template <bool GRADIENT, bool LOSS, class Row>
  void shared(const Net &net, int count, Row row) {
    take_shared<GRADIENT, LOSS, Block>(net, count, Rows<Row>{task, row}, sums);
  }

  void batch(const Net &net, int step, const int64_t *pixels) {
    if constexpr (FB_BATCH == OWN_ORDER) {
      own(net, task.order + (int64_t)step * task.batch * task.pixels, pixels);
    } else {
      const int32_t *order = task.order + (int64_t)step * task.batch;
      shared<true, false>(net, task.batch, [=](int64_t k) { return (int64_t)order[k]; });
    }
  }

  // Samples of every pixel's own order, gathered lane by lane.
  void own(const Net &net, const int32_t *order, const int64_t *pixels) {
    vec x[2][WIDTH];
    const auto gathered = [&](int n) {
      SamplesOf<1, vec> s;
      s.x[0] = x[n & 1];
      for (int l = 0; l < LANES; l++) {
        const int64_t place = order[n * task.pixels + pixels[l]];
        for (int i = 0; i < WIDTH; i++) at(x[n & 1][i], l) = task.X[place * WIDTH + i];
        at(s.y[0], l) = task.Y[place];
      }
      return s;
    };
    take<true, false, BlockOf<1, vec>>(net, task.batch, gathered, sums);
  }

  void step(Group &g, int t, const int64_t *pixels) {
    const Net net{g.w, task.scales};
    memset((void *)&sums, 0, sizeof sums);
    shared<FB_BATCH == FULL, true>(net, task.samples, [](int64_t k) { return k; });
    if constexpr (FB_BATCH != FULL) batch(net, t, pixels);
    g.watched.judge(task, sums.loss * task.scales.inverse_samples, t, pixels);
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
  mask look(const Group &g) {
    mask number = ~mask{};
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) number &= g.w.W[i][j] == g.w.W[i][j];
      number &= g.w.v[i] == g.w.v[i];
    }
    still = bits(g.settled);
    return over = ~number | (FB_BATCH == FULL ? still : mask{});
  }

  void finish(const Group &g, int lane, int64_t p, int done) const {
    g.watched.finish(task, lane, p, done, !still[lane] && over[lane]);
  }
};

extern "C" int fb_run(const Task *task, int64_t first, int64_t count) {
  return train<Trainer>(*task, first, count);
}
