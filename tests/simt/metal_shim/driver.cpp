// Runs a kernel's groups one after the other, its lanes in lockstep, as fibres.
//
// A lane runs until it shuffles, waits at a barrier or returns. A shuffle happens when all lanes of
// its SIMD group have come to the same one, a barrier opens when all threads of the group have come
// to the same one. If neither can happen, the lanes have diverged: Metal leaves undefined what then
// follows, and here it is an error. Threadgroup memory is filled with NaN before each group.
#include <setjmp.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace {
constexpr int SIMD = 32;
constexpr size_t STACK = 256 << 10;

enum Place { RUNNING, SHUFFLE, BARRIER, DONE };

struct Lane {
  jmp_buf at;
  Place place;
  int line;
  unsigned mask;
  float value;
  bool begun;
};

using Entry = void (*)(const uint64_t *, unsigned, unsigned);

std::vector<Lane> lanes;
std::vector<std::vector<char>> stacks;
jmp_buf scheduler;
ucontext_t beginner;
int current;
Entry entry;
const uint64_t *given;
unsigned group_index;
char trouble[200];

void leave(Place place, int line) {
  Lane &lane = lanes[current];
  lane.place = place;
  lane.line = line;
  if (!_setjmp(lane.at)) _longjmp(scheduler, 1);
}

void lane_main() {
  entry(given, (unsigned)current, group_index);
  lanes[current].place = DONE;
  _longjmp(scheduler, 1);
}

void resume(int n) {
  current = n;
  if (_setjmp(scheduler)) return;
  Lane &lane = lanes[n];
  lane.place = RUNNING;
  if (lane.begun) _longjmp(lane.at, 1);
  lane.begun = true;
  ucontext_t start;
  getcontext(&start);
  start.uc_stack.ss_sp = stacks[n].data();
  start.uc_stack.ss_size = STACK;
  start.uc_link = nullptr;
  makecontext(&start, lane_main, 0);
  setcontext(&start);
}

bool together(int from, int to, Place place) {
  for (int n = from; n < to; n++)
    if (lanes[n].place != place || lanes[n].line != lanes[from].line ||
        lanes[n].mask != lanes[from].mask)
      return false;
  return true;
}

bool shuffle(int from, int to) {
  float values[SIMD];
  const unsigned mask = lanes[from].mask;
  for (int n = from; n < to; n++) values[n - from] = lanes[n].value;
  for (int n = from; n < to; n++) {
    const int other = (n - from) ^ (int)mask;
    if (other >= to - from) {
      snprintf(trouble, sizeof trouble, "lane %d shuffles with lane %d, which is not there", n,
               from + other);
      return false;
    }
    lanes[n].value = values[other];
  }
  return true;
}

void diverged(int threads) {
  static const char *const names[] = {"runs", "shuffles", "waits at a barrier", "has returned"};
  const Lane &a = lanes[0];
  for (int n = 1; n < threads; n++) {
    const Lane &b = lanes[n];
    if (a.place == b.place && a.line == b.line && a.mask == b.mask) continue;
    snprintf(trouble, sizeof trouble,
             "lanes diverge: thread 0 %s (line %d, mask %u), thread %d %s (line %d, mask %u)",
             names[a.place], a.line, a.mask, n, names[b.place], b.line, b.mask);
    return;
  }
}

// Run one SIMD group as far as it goes without the others, so that a barrier that is missing between
// two groups shows.
void run_simd_group(int from, int to, bool backwards) {
  for (;;) {
    for (int k = from; k < to; k++) {
      const int n = backwards ? to - 1 - (k - from) : k;
      if (lanes[n].place == RUNNING) resume(n);
    }
    if (!together(from, to, SHUFFLE) || !shuffle(from, to)) return;
    for (int n = from; n < to; n++) lanes[n].place = RUNNING;
  }
}

// Run until all threads wait; return whether a barrier opens.
bool round(int threads, bool backwards) {
  const int last = (threads - 1) / SIMD;
  for (int k = 0; k <= last; k++) {
    const int from = SIMD * (backwards ? last - k : k);
    run_simd_group(from, from + SIMD < threads ? from + SIMD : threads, backwards);
  }
  if (trouble[0] || !together(0, threads, BARRIER)) return false;
  for (int n = 0; n < threads; n++) lanes[n].place = RUNNING;
  return true;
}

#if defined(__x86_64__)
unsigned flush(unsigned on) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(on ? before | 0x8040 : before & ~0x8040u);
  return (before & 0x8040) != 0;
}
#elif defined(__aarch64__)
unsigned flush(unsigned on) {
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  const uint64_t bit = 1u << 24, after = on ? before | bit : before & ~bit;
  __asm__ volatile("msr fpcr, %0" : : "r"(after));
  return (before & bit) != 0;
}
#endif

void run_group(int threads, bool backwards) {
  for (Lane &lane : lanes) lane = Lane{};
  while (round(threads, backwards)) {
  }
  if (!trouble[0] && !together(0, threads, DONE)) diverged(threads);
}
}  // namespace

extern "C" {
// The linker's bounds of the kernels' threadgroup memory; there may be none.
extern char __start_shim_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_shim_shared[] __attribute__((weak, visibility("hidden")));

float shim_shuffle_xor(float value, unsigned mask, int line) {
  lanes[current].value = value;
  lanes[current].mask = mask;
  leave(SHUFFLE, line);
  return lanes[current].value;
}

void shim_barrier(int line) {
  lanes[current].mask = 0;
  leave(BARRIER, line);
}

// Returns nullptr, or what is wrong. `options`: 1 flushes subnormals, 2 runs lanes backwards.
const char *shim_run(Entry what, const uint64_t *arrays, int threads, int groups, int options) {
  lanes.resize(threads);
  while ((int)stacks.size() < threads) stacks.emplace_back(STACK);
  entry = what;
  given = arrays;
  trouble[0] = 0;
  const unsigned before = flush(options & 1);
  for (group_index = 0; (int)group_index < groups && !trouble[0]; group_index++) {
    if (__start_shim_shared)
      memset(__start_shim_shared, 0xff, __stop_shim_shared - __start_shim_shared);
    run_group(threads, options & 2);
  }
  flush(before);
  return trouble[0] ? trouble : nullptr;
}

// What clang's sanitizer calls (-fsanitize-minimal-runtime) where C++ defines nothing.
#define UNDEFINED(what)                                                              \
  void __ubsan_handle_##what##_minimal() {                                           \
    snprintf(trouble, sizeof trouble, "undefined: %s (thread %d)", #what, current); \
  }
UNDEFINED(add_overflow)
UNDEFINED(sub_overflow)
UNDEFINED(mul_overflow)
UNDEFINED(negate_overflow)
UNDEFINED(divrem_overflow)
UNDEFINED(shift_out_of_bounds)
UNDEFINED(out_of_bounds)
UNDEFINED(float_cast_overflow)

// Bytes of threadgroup memory of all kernels of the unit.
long shim_shared_bytes() {
  return __start_shim_shared ? __stop_shim_shared - __start_shim_shared : 0;
}
}
