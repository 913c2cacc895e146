// Metal: MLX and PyTorch compile this under the safe math mode, which still contracts.
#pragma METAL fp contract(off)
#define FUNCTION static inline
#define PRIVATE thread
#define GLOBAL device
#define SHARED threadgroup
#define SHARED_ARRAY(type, name, count) threadgroup type name[count]
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_TWO
#define ALIGNED(p) (p)
#define BARRIER() threadgroup_barrier(mem_flags::mem_threadgroup)
#define EXCHANGE(value, mask, group) simd_shuffle_xor((value), (ushort)(mask))
#define AS_INT(x) as_type<int>(x)
#define AS_REAL(x) as_type<float>(x)
#define FUSED_MAD(a, b, c) fma((a), (b), (c))
#define MAGNITUDE(x) fabs(x)
#define MUL(a, b) ((a) * (b))
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
