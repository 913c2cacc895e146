// The strict primitives, term by term as in docs/contract.md.
//
// C that is also Metal, CUDA and OpenCL: no references, no templates, no overloads. A prelude and
// the constants of a Variant come before it. Products and sums are written MUL, ADD and SUB, each
// rounded once; MAD is the listed multiply-and-add, fused under `fma` alone.
#if FB_FUSED
#define MAD(a, b, c) FUSED_MAD((a), (b), (c))
#else
#define MAD(a, b, c) ADD((c), MUL((a), (b)))
#endif
#define EACH(k, count) UNROLL for (int k = 0; k < (count); k++)

// What the lanes of a group share: this thread's place, and where values are exchanged.
typedef struct {
  SHARED REAL *exchange;
  int rank;
} fb_group;

FUNCTION REAL fb_exchange(REAL value, int mask, fb_group group) {
  group.exchange[group.rank] = value;
  BARRIER();
  const REAL other = group.exchange[group.rank ^ mask];
  BARRIER();
  return other;
}

FUNCTION REAL fb_guard(REAL x, REAL band) { return MAGNITUDE(x) < band ? (REAL)0 : x; }

FUNCTION REAL fb_newton_reciprocal(REAL x) {
  REAL r = AS_REAL(RECIPROCAL_MAGIC - AS_INT(x));
  EACH(k, RECIPROCAL_NEWTON) r = MUL(r, SUB((REAL)2, MUL(x, r)));
  return r;
}

FUNCTION REAL fb_reciprocal(REAL x) {
  const REAL a = MAGNITUDE(x);
  const int small = a < SMALLEST_NORMAL, large = BAND_HUGE < a;
  REAL r = fb_newton_reciprocal(small || large ? (REAL)1 : a);
  r = small ? AS_REAL(INFINITE) : r;
  r = large ? (REAL)0 : r;
  return AS_INT(x) < 0 ? MUL(r, (REAL)-1) : r;
}

// In float64 the coefficients are those of tanh(x/2), a quotient m/d, which is doubled.
FUNCTION REAL fb_tanh(REAL x) {
  const REAL numerator[TANH_TERMS] = {TANH_NUMERATOR}, denominator[TANH_TERMS] = {TANH_DENOMINATOR};
  const REAL t = MUL(x, x);
  REAL p = ADD(MUL(t, numerator[0]), numerator[1]);
  REAL q = ADD(MUL(t, denominator[0]), denominator[1]);
  UNROLL for (int k = 2; k < TANH_TERMS; k++) {
    p = ADD(MUL(p, t), numerator[k]);
    q = ADD(MUL(q, t), denominator[k]);
  }
  p = MUL(x, p);
#if FB_DOUBLE
  const REAL m = p;
  p = MUL(MUL((REAL)2, m), q);
  q = ADD(MUL(m, m), MUL(q, q));
#endif
  const REAL y = MUL(p, fb_newton_reciprocal(q));
  return TANH_LIMIT < MAGNITUDE(x) ? AS_REAL((AS_INT(x) & SIGN) | AS_INT((REAL)1)) : y;
}

FUNCTION REAL fb_two_sum(REAL a, REAL b, PRIVATE REAL *error) {
  const REAL s = ADD(a, b), virtual_b = SUB(s, a);
  *error = ADD(SUB(a, SUB(s, virtual_b)), SUB(b, virtual_b));
  return s;
}
