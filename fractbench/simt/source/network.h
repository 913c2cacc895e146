// One hidden layer: loss and gradients of a pixel, in the tree of docs/contract.md.
//
// Lane l of a pixel owns the hidden units l, l + LANES, l + 2 LANES, ...: their columns of W, their
// v and the gradients of both live in its registers. The sum over the hidden units is the halving
// fold: within a lane down to LANES terms, then between lanes, which all end with the same bits.
typedef struct {
  REAL W[COLUMNS][WIDTH], v[COLUMNS];
  REAL gW[COLUMNS][WIDTH], gv[COLUMNS], loss;
} fb_net;

typedef struct {
  REAL scale, inverse_width, inverse_samples, slope;
} fb_scales;

FUNCTION REAL fb_activate(REAL u) {
#if FB_ACTIVATION == 0
  return fb_tanh(u);
#elif FB_ACTIVATION == 1
  return u < (REAL)0 ? (REAL)0 : u;
#else
  return u;
#endif
}

// Lanes and units beyond the width contribute -0.0, which changes no sum.
FUNCTION REAL fb_fold(PRIVATE const REAL *h, PRIVATE const fb_net *net, int lane, fb_group group) {
  REAL terms[COLUMNS];
  EACH(c, COLUMNS) {
    terms[c] = MUL(h[c], net->v[c]);
    if (c * LANES + lane >= WIDTH) terms[c] = -(REAL)0;
  }
  UNROLL for (int apart = FOLDED / LANES / 2; apart > 0; apart /= 2)
    EACH(c, apart) if (c + apart < COLUMNS) terms[c] = ADD(terms[c], terms[c + apart]);
  REAL sum = terms[0];
  UNROLL for (int mask = LANES / 2; mask > 0; mask /= 2)
    sum = ADD(sum, EXCHANGE(sum, mask, group));
  return sum;
}

// Add one sample to the loss, to the gradients, or to both.
FUNCTION void fb_take(PRIVATE fb_net *net, SAMPLES_IN const REAL *row, REAL y, int lane,
                      fb_group group, fb_scales k, int with_loss, int with_gradient) {
  REAL x[WIDTH], u[COLUMNS], h[COLUMNS];
  EACH(i, WIDTH) x[i] = row[i];
  EACH(c, COLUMNS) u[c] = MUL(x[0], net->W[c][0]);
  UNROLL for (int i = 1; i < WIDTH; i++)
    EACH(c, COLUMNS) u[c] = MAD(x[i], net->W[c][i], u[c]);
  EACH(c, COLUMNS) u[c] = MUL(u[c], k.scale);
  EACH(c, COLUMNS) h[c] = fb_guard(fb_activate(u[c]), BAND_UNIT);
  const REAL o = fb_fold(h, net, lane, group);
  const REAL e = fb_guard(SUB(MUL(o, k.inverse_width), y), BAND_STATE);
  if (with_loss) net->loss = MAD(e, e, net->loss);
  if (!with_gradient) return;
  const REAL d = MUL(e, k.slope);
  EACH(c, COLUMNS) {
    net->gv[c] = MAD(d, h[c], net->gv[c]);
    REAL b = MUL(d, net->v[c]);
#if FB_ACTIVATION == 0
    b = MUL(b, SUB((REAL)1, MUL(h[c], h[c])));
#endif
    b = MUL(b, k.scale);
#if FB_ACTIVATION == 1
    // Sums of unrounded products may be subnormal; only the guarded h has a sure sign then.
    b = (REAL)0 < (FB_FUSED ? h[c] : u[c]) ? b : (REAL)0;
#endif
    u[c] = fb_guard(b, BAND_SLOPE);
  }
  UNROLL for (int i = 0; i < WIDTH; i++)
    EACH(c, COLUMNS) net->gW[c][i] = MAD(x[i], u[c], net->gW[c][i]);
}
