// Conversions to and from integers of 8, 16 and 64 bits; the others are in copy.metal.

template <typename From, typename To>
struct Cast {
  typedef To Out;
  static typename To::Value of(typename From::Value x) { return convert<To>(x); }
};

#define PAIR(FROM, FROM_CODE, TO, TO_CODE)                                                    \
  KERNEL("copy_" #FROM_CODE "_" #TO_CODE, unary<FROM, Cast<FROM, TO>>)                        \
  KERNEL("copy_" #FROM_CODE "_" #TO_CODE "_strided", unaryStrided<FROM, Cast<FROM, TO>>)
#define BOTH(A, A_CODE, B, B_CODE) PAIR(A, A_CODE, B, B_CODE) PAIR(B, B_CODE, A, A_CODE)
// with those of copy.metal
#define COMMON(T, CODE)                                                                              \
  BOTH(T, CODE, F32, f32) BOTH(T, CODE, F16, f16) BOTH(T, CODE, BF16, bf16) BOTH(T, CODE, I32, i32)  \
  BOTH(T, CODE, U32, u32) BOTH(T, CODE, B8, b8)

COMMON(I8, i8)
COMMON(U8, u8)
COMMON(I16, i16)
COMMON(U16, u16)
COMMON(I64, i64)
COMMON(U64, u64)
BOTH(I8, i8, U8, u8)
BOTH(I8, i8, I16, i16)
BOTH(I8, i8, U16, u16)
BOTH(I8, i8, I64, i64)
BOTH(I8, i8, U64, u64)
BOTH(U8, u8, I16, i16)
BOTH(U8, u8, U16, u16)
BOTH(U8, u8, I64, i64)
BOTH(U8, u8, U64, u64)
BOTH(I16, i16, U16, u16)
BOTH(I16, i16, I64, i64)
BOTH(I16, i16, U64, u64)
BOTH(U16, u16, I64, i64)
BOTH(U16, u16, U64, u64)
BOTH(I64, i64, U64, u64)
