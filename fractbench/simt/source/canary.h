// What a device says of its own arithmetic, before it is trusted (fractbench/simt/canary.py).
//
// Rows of `out`, (ROWS, count), from rows of `given`, (4, count): a, b, c and specials. The last
// two rows are what reaches a lane from the others of its pixel.
FUNCTION void fb_canary(GLOBAL const REAL *given, GLOBAL const int *counts, GLOBAL REAL *out,
                        fb_group group, int index) {
  const int count = counts[0], n = index * THREADS + group.rank;
  const int at = n < count ? n : count - 1;
  const REAL a = given[at], b = given[count + at], c = given[2 * count + at];
  const REAL special = given[3 * count + at];
  REAL error, row[CANARY_ROWS];
  row[0] = SUB(MUL(a, b), c);
  row[1] = MAD(a, b, MUL(c, (REAL)-1));
  row[2] = fb_two_sum(a, MUL(b, c), &error);
  row[3] = error;
  row[4] = fb_reciprocal(special);
  row[5] = fb_tanh(special);
  row[6] = special < (REAL)0 ? (REAL)0 : special;
  REAL sum = a;
  UNROLL for (int mask = LANES / 2; mask > 0; mask /= 2)
    sum = ADD(sum, EXCHANGE(sum, mask, group));
  row[7] = sum;
  if (n < count) EACH(r, CANARY_ROWS) out[r * count + n] = row[r];
}
