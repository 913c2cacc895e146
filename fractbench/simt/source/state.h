// What a pixel brings into a launch and leaves behind: weights in its lanes, its measure in a row.
FUNCTION void fb_load(PRIVATE fb_net *net, GLOBAL const REAL *W, GLOBAL const REAL *v, int stride,
                      int lane, REAL offset) {
  EACH(c, COLUMNS) {
    const int j = c * LANES + lane < WIDTH ? c * LANES + lane : 0;
    EACH(i, WIDTH) net->W[c][i] = W[(i * WIDTH + j) * stride];
    net->v[c] = v[j * stride];
#if FB_OFFSET
    EACH(i, WIDTH) net->W[c][i] = fb_guard(ADD(net->W[c][i], offset), BAND_STATE);
#endif
  }
}

FUNCTION void fb_resume(PRIVATE fb_net *net, GLOBAL const REAL *state, int lane) {
  EACH(c, COLUMNS) {
    const int j = c * LANES + lane < WIDTH ? c * LANES + lane : 0;
    EACH(i, WIDTH) net->W[c][i] = state[i * WIDTH + j];
    net->v[c] = state[WIDTH * WIDTH + j];
  }
}

FUNCTION void fb_park(PRIVATE const fb_net *net, GLOBAL REAL *state, int lane) {
  EACH(c, COLUMNS) {
    const int j = c * LANES + lane;
    if (j >= WIDTH) continue;
    EACH(i, WIDTH) state[i * WIDTH + j] = net->W[c][i];
    state[WIDTH * WIDTH + j] = net->v[c];
  }
}

// Take up a pixel's measure where the launch before left it.
FUNCTION void fb_begin(SHARED fb_measure *m, GLOBAL const REAL *kept, int fresh) {
  m->sum_v = fresh ? (REAL)0 : kept[0];
  m->sum_inverse = fresh ? (REAL)0 : kept[1];
  m->sum_inverse_low = fresh ? (REAL)0 : kept[2];
  m->last = fresh ? (REAL)0 : kept[3];
  m->loss_0 = fresh ? (REAL)0 : kept[4];
  m->inverse_0 = fresh ? (REAL)0 : kept[5];
  m->over = 0;
}

FUNCTION void fb_keep(SHARED const fb_measure *m, GLOBAL REAL *kept) {
  kept[0] = m->sum_v;
  kept[1] = m->sum_inverse;
  kept[2] = m->sum_inverse_low;
  kept[3] = m->last;
  kept[4] = m->loss_0;
  kept[5] = m->inverse_0;
  kept[6] = m->over ? (REAL)1 : (REAL)0;
  kept[7] = 0;
}
