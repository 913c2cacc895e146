// The published measure and its accumulators, one step at a time (fractbench/measure.py).
//
// It lies in threadgroup memory, where only a pixel's first lane touches it: registers are dear.
typedef struct {
  REAL sum_v, sum_inverse, sum_inverse_low, last, loss_0, inverse_0, v;
  int over;
} fb_measure;

// The loss relative to the first one, in {0} and [2^-100, cap]; NaN becomes the cap.
FUNCTION REAL fb_relative(REAL loss, REAL loss_0, REAL inverse_0) {
  REAL v = loss == loss_0 ? (REAL)1 : MUL(loss, inverse_0);
  v = v < CAP ? v : CAP;
  v = loss_0 < BAND_HUGE ? v : CAP;
  return v < BAND_TINY ? (REAL)0 : v;
}

FUNCTION void fb_observe(SHARED fb_measure *m, REAL v, int late) {
  REAL inverse = v < BAND_TINY ? BAND_HUGE : fb_reciprocal(v), error;
  inverse = v == (REAL)1 ? (REAL)1 : inverse;
  m->sum_v = ADD(m->sum_v, v);
  m->sum_inverse = fb_two_sum(m->sum_inverse, inverse, &error);
  m->sum_inverse_low = ADD(m->sum_inverse_low, error);
  if (late) m->last = ADD(m->last, v);
}
