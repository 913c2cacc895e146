// OpenCL: lanes exchange through local memory, which every device has.
#pragma OPENCL FP_CONTRACT OFF
#define FUNCTION static inline
#define PRIVATE
#define GLOBAL __global
#define SHARED __local
#define SHARED_ARRAY(type, name, count) __local type name[count]
// On CPUs the hint costs much compilation for no speed, and PoCL 3.1's LLVM 15 crashes in it.
#ifdef FB_UNROLLED
#define UNROLL __attribute__((opencl_unroll_hint))
#else
#define UNROLL
#endif
#define UNROLL_TWO
#define ALIGNED(p) (p)
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define EXCHANGE(value, mask, group) fb_exchange((value), (mask), (group))
#if FB_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define AS_INT(x) as_long(x)
#define AS_REAL(x) as_double(x)
#else
#define AS_INT(x) as_int(x)
#define AS_REAL(x) as_float(x)
#endif
#define FUSED_MAD(a, b, c) fma((a), (b), (c))
#define MAGNITUDE(x) fabs(x)
#define MUL(a, b) ((a) * (b))
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
