// One launch: the steps from `first` to `end` of the pixels in its slots.
//
// Its arrays are described in fractbench/simt/arrays.py. A pixel that is over (its rest is known)
// makes its remaining additions one by one and then only keeps its group company; a group whose
// pixels are all over ends.
enum { AT_SLOTS, AT_PIXELS, AT_FIRST, AT_END, AT_STEPS, AT_LATE, AT_EARLY, AT_WATCH, AT_OWN };

// The step itself. Returns 1 where it changed nothing, 2 where a weight is no number any more.
FUNCTION int fb_update(PRIVATE fb_net *net, int lane, REAL rate_W, REAL rate_v, REAL offset) {
  int same = 1, number = 1;
  EACH(c, COLUMNS) {
    const int mine = c * LANES + lane < WIDTH;
    EACH(i, WIDTH) {
      REAL w = SUB(net->W[c][i], MUL(rate_W, net->gW[c][i]));
#if FB_OFFSET == 2
      w = ADD(w, offset);
#endif
      w = fb_guard(w, BAND_STATE);
      if (mine && AS_INT(w) != AS_INT(net->W[c][i])) same = 0;
      if (mine && w != w) number = 0;
      net->W[c][i] = w;
    }
    const REAL v = fb_guard(SUB(net->v[c], MUL(rate_v, net->gv[c])), BAND_STATE);
    if (mine && AS_INT(v) != AS_INT(net->v[c])) same = 0;
    if (mine && v != v) number = 0;
    net->v[c] = v;
  }
  return number ? same : 2;
}

// Over all lanes of a pixel: 2 if one says 2, else 1 if all say 1, else 0.
FUNCTION int fb_agree(int said, fb_group group) {
  REAL dead = said == 2 ? (REAL)1 : (REAL)0, moved = said == 0 ? (REAL)1 : (REAL)0;
  UNROLL for (int mask = LANES / 2; mask > 0; mask /= 2) {
    dead = ADD(dead, EXCHANGE(dead, mask, group));
    moved = ADD(moved, EXCHANGE(moved, mask, group));
  }
  return (REAL)0 < dead ? 2 : (REAL)0 < moved ? 0 : 1;
}

// Whether all pixels of a group are over; the same in all its threads.
FUNCTION int fb_all_over(SHARED const fb_measure *measures) {
  BARRIER();
  int all = 1;
  for (int p = 0; p < PIXELS; p++) all &= measures[p].over;
  BARRIER();
  return all;
}

// One step's loss, as `fractbench/problems/network.py` judges it.
FUNCTION void fb_judge(SHARED fb_measure *m, REAL loss, int step, int late) {
  if (m->over) return;
  if (step == 0) {
    m->loss_0 = loss;
    m->inverse_0 = fb_reciprocal(loss);
  }
  m->v = fb_relative(loss, m->loss_0, m->inverse_0);
  fb_observe(m, m->v, late);
}

// A pixel's rest is known: its weights stand still, or one is no number for good.
FUNCTION void fb_finish(SHARED fb_measure *m, int said, int next, int steps, int late) {
  if (m->over || said < (FB_BATCH ? 2 : 1)) return;
  const REAL v = said == 2 ? CAP : m->v;
  for (int t = next; t < steps; t++) fb_observe(m, v, late <= t);
  m->over = 1;
}

// The loss and the gradients of one step.
FUNCTION void fb_pass(PRIVATE fb_net *net, SAMPLES_IN const REAL *xs, SAMPLES_IN const REAL *ys,
                      GLOBAL const int *order, int stride, int lane, fb_group group, fb_scales k) {
  net->loss = 0;
  EACH(c, COLUMNS) {
    net->gv[c] = 0;
    EACH(i, WIDTH) net->gW[c][i] = 0;
  }
  UNROLL_TWO for (int s = 0; s < SAMPLES; s++)
    fb_take(net, xs + s * WIDTH, ys[s], lane, group, k, 1, FB_BATCH == 0);
#if FB_BATCH
  for (int n = 0; n < BATCH; n++) {
    const int s = order[n * stride];
    fb_take(net, xs + s * WIDTH, ys[s], lane, group, k, 0, 1);
  }
#endif
}

FUNCTION void fb_train(GLOBAL const REAL *X, GLOBAL const REAL *Y, GLOBAL const REAL *W,
                       GLOBAL const REAL *v, GLOBAL const REAL *x, GLOBAL const REAL *y,
                       GLOBAL const int *order, GLOBAL const REAL *state_in,
                       GLOBAL const REAL *sums_in, GLOBAL const int *place,
                       GLOBAL const int *pixel, GLOBAL const int *counts,
                       GLOBAL const REAL *scales, GLOBAL REAL *state, GLOBAL REAL *sums,
                       GLOBAL REAL *losses, SHARED REAL *held, SHARED fb_measure *measures,
                       fb_group group, int index) {
  const int lane = group.rank % LANES, slot = index * PIXELS + group.rank / LANES;
  const int slots = counts[AT_SLOTS], pixels = counts[AT_PIXELS], first = counts[AT_FIRST];
  const int steps = counts[AT_STEPS], late = steps - counts[AT_LATE], end = counts[AT_END];
  // A slot too many repeats the last one and writes nothing.
  const int used = slot < slots, mine = used ? slot : slots - 1;
  const int p = pixel[mine], from = place[mine], stride = FB_BATCH == OWN_ORDER ? pixels : 1;
  const fb_scales k = {scales[0], scales[1], scales[2], scales[3]};
  SHARED fb_measure *m = measures + group.rank / LANES;
  SAMPLES_IN const REAL *xs, *ys;
#if FB_RESIDENT
  for (int n = group.rank; n < SAMPLES * WIDTH; n += THREADS) held[n] = X[n];
  for (int n = group.rank; n < SAMPLES; n += THREADS) held[SAMPLES * WIDTH + n] = Y[n];
  xs = held;
  ys = held + SAMPLES * WIDTH;
#else
  xs = ALIGNED(X);
  ys = Y;
#endif
  if (lane == 0) fb_begin(m, sums_in + (first ? from * SUMS : 0), first == 0);
  BARRIER();
  fb_net net;
  if (first == 0) {
    const int own = counts[AT_OWN];
    fb_load(&net, own ? W + p : W, own ? v + p : v, own ? pixels : 1, lane, x[p]);
  } else {
    fb_resume(&net, state_in + from * STATE, lane);
  }
  for (int t = first; t < end; t++) {
    const int begin = t * BATCH * stride + (FB_BATCH == OWN_ORDER ? p : 0);
    fb_pass(&net, xs, ys, order + (FB_BATCH ? begin : 0), stride, lane, group, k);
    const REAL loss = MUL(net.loss, k.inverse_samples);
    if (counts[AT_WATCH] && used && lane == 0) losses[(t - first) * pixels + p] = loss;
    if (lane == 0) fb_judge(m, loss, t, late <= t);
    const int said = fb_agree(fb_update(&net, lane, FB_OFFSET ? y[p] : x[p], y[p], x[p]), group);
    // No way round a barrier: PoCL 3.1 loses what comes between a `continue` and the next one.
    if (counts[AT_EARLY] && lane == 0) fb_finish(m, said, t + 1, steps, late);
    if (fb_all_over(measures)) break;
  }
  if (!used) return;
  fb_park(&net, state + slot * STATE, lane);
  if (lane == 0) fb_keep(m, sums + slot * SUMS);
}
