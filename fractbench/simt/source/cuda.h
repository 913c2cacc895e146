// CUDA: NVRTC contracts by default; the intrinsics of one rounding are never merged.
#define FUNCTION static __device__ __forceinline__
#define PRIVATE
#define GLOBAL
#define SHARED
#define SHARED_ARRAY(type, name, count) __shared__ __align__(16) type name[count]
#define UNROLL _Pragma("unroll")
// Two samples at a time: 1 % fewer instructions (docs/simt-cuda.md).
#define UNROLL_TWO _Pragma("unroll 2")
// Rows of samples in device memory are then read 16 bytes at a time.
#define ALIGNED(p) ((const REAL *)__builtin_assume_aligned((p), WIDTH % 4 ? sizeof(REAL) : 16))
#define BARRIER() __syncthreads()
// The mask names every lane of a warp.
#if THREADS % 32
#error "groups are whole warps"
#endif
#define EXCHANGE(value, mask, group) __shfl_xor_sync(0xffffffffu, (value), (mask))
#if FB_DOUBLE
#define AS_INT(x) __double_as_longlong(x)
#define AS_REAL(x) __longlong_as_double(x)
#define FUSED_MAD(a, b, c) __fma_rn((a), (b), (c))
#define MAGNITUDE(x) fabs(x)
#define MUL(a, b) __dmul_rn((a), (b))
#define ADD(a, b) __dadd_rn((a), (b))
#define SUB(a, b) __dsub_rn((a), (b))
#else
#define AS_INT(x) __float_as_int(x)
#define AS_REAL(x) __int_as_float(x)
#define FUSED_MAD(a, b, c) __fmaf_rn((a), (b), (c))
#define MAGNITUDE(x) fabsf(x)
#define MUL(a, b) __fmul_rn((a), (b))
#define ADD(a, b) __fadd_rn((a), (b))
#define SUB(a, b) __fsub_rn((a), (b))
#endif
