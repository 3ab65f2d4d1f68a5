// MQL5's own types and the builtin functions that take any type, as C++17: written by hand.
// The functions and constants with plain signatures are in builtins.h.
// Everything here is only ever parsed (-fsyntax-only), never compiled or run.
#pragma once

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

#define NULL __null
#define input const
#define sinput const
#define interface struct
#define __MQL__ 1
#define __MQL5__ 1
#define __MQLBUILD__ 5000
#define __MQL5BUILD__ 5000
#define __FUNCSIG__ __PRETTY_FUNCTION__
#define __PATH__ ""_s
#define __DATETIME__ datetime(0)
#undef __DATE__
#define __DATE__ datetime(0)

// ---- traits ---------------------------------------------------------------------------------------------------
template<bool B, class T = void> struct EnIf {};
template<class T> struct EnIf<true, T> { typedef T type; };
template<class A, class B> struct Same { static const bool v = false; };
template<class A> struct Same<A, A> { static const bool v = true; };
template<class T> struct IsNum { static const bool v = __is_arithmetic(T) || __is_enum(T); };

// ---- datetime and color: numbers of their own kind -------------------------------------------------------------
struct datetime
{
   long v;
   datetime() : v(0) {}
   template<class T, class = typename EnIf<IsNum<T>::v>::type> datetime(T x) : v((long)x) {}
   operator long() const { return v; }
   template<class T> datetime &operator+=(T) { return *this; }
   template<class T> datetime &operator-=(T) { return *this; }
   template<class T> datetime &operator*=(T) { return *this; }
   template<class T> datetime &operator/=(T) { return *this; }
   template<class T> datetime &operator%=(T) { return *this; }
   datetime &operator++() { return *this; }
   datetime operator++(int) { return *this; }
   datetime &operator--() { return *this; }
   datetime operator--(int) { return *this; }
};
struct color
{
   uint v;
   color() : v(0) {}
   template<class T, class = typename EnIf<IsNum<T>::v>::type> color(T x) : v((uint)x) {}
   operator uint() const { return v; }
};

#define DATE_WITH_NUMBER template<class D, class T, typename EnIf<Same<D, datetime>::v && IsNum<T>::v>::type * = nullptr>
#define DATE_OPERATOR(result, op)                                                                                   \
   template<class D, typename EnIf<Same<D, datetime>::v>::type * = nullptr> result operator op(const D &, const D &); \
   DATE_WITH_NUMBER result operator op(const D &, T);                                                               \
   DATE_WITH_NUMBER result operator op(T, const D &);
DATE_OPERATOR(bool, ==)
DATE_OPERATOR(bool, !=)
DATE_OPERATOR(bool, <)
DATE_OPERATOR(bool, >)
DATE_OPERATOR(bool, <=)
DATE_OPERATOR(bool, >=)
DATE_OPERATOR(datetime, +)
DATE_OPERATOR(datetime, -)
DATE_OPERATOR(datetime, *)
DATE_OPERATOR(datetime, /)
DATE_OPERATOR(datetime, %)

// ---- string ----------------------------------------------------------------------------------------------------
struct string
{
   int d;
   string() {}
   string(const char *) {}
   string(datetime) {}
   string(color) {}
   string(const void *) = delete;
   template<class T, class = typename EnIf<IsNum<T>::v>::type> string(T) {}
   template<class T, class = typename EnIf<IsNum<T>::v>::type> explicit operator T() const { return T(); }
   explicit operator datetime() const { return datetime(); }
   explicit operator color() const { return color(); }
   ushort &operator[](long) const;
   int Length() const;
   int Find(string, int = 0) const;
   string Substr(int, int = -1) const;
   int Replace(string, string);
   template<class A> int Split(ushort, const A &) const;
   bool ToLower();
   bool ToUpper();
   bool Lower();
   bool Upper();
   int Trim();
   int TrimLeft();
   int TrimRight();
   ushort GetChar(uint) const;
   bool SetChar(uint, ushort);
   int Compare(string, bool = true) const;
   int BufferLen() const;
   template<class T> string &operator+=(const T &);
};
string operator"" _s(const char *, unsigned long);

template<class T> struct StrOk { static const bool v = IsNum<T>::v; };
template<> struct StrOk<datetime> { static const bool v = true; };
template<> struct StrOk<color> { static const bool v = true; };
template<> struct StrOk<const char *> { static const bool v = true; };
template<> struct StrOk<string> { static const bool v = true; };

#define STRING_WITH_OTHER \
   template<class D, class T, typename EnIf<Same<D, string>::v && !Same<T, string>::v && StrOk<T>::v>::type * = nullptr>
#define STRING_OPERATOR(result, op)                                                                               \
   template<class D, typename EnIf<Same<D, string>::v>::type * = nullptr> result operator op(const D &, const D &); \
   STRING_WITH_OTHER result operator op(const D &, T);                                                            \
   STRING_WITH_OTHER result operator op(T, const D &);
STRING_OPERATOR(string, +)
STRING_OPERATOR(bool, ==)
STRING_OPERATOR(bool, !=)
STRING_OPERATOR(bool, <)
STRING_OPERATOR(bool, >)
STRING_OPERATOR(bool, <=)
STRING_OPERATOR(bool, >=)

// ---- arrays ----------------------------------------------------------------------------------------------------
namespace std
{
template<class E> class initializer_list
{
   const E *a;
   unsigned long n;

 public:
   const E *begin() const;
   const E *end() const;
   unsigned long size() const;
};
}
// `T name[]` outside a parameter list
template<class T> struct MqlArray
{
   T *p;
   MqlArray() {}
   MqlArray(const MqlArray &) {}
   T &operator[](long);
   const T &operator[](long) const;
   int Size() const;
   bool Resize(int, int = 0);
   void Free();
   template<class U> void operator=(const MqlArray<U> &);
};
// `T &name[]` in a parameter list
template<class T> struct MqlRef
{
   T *p;
   MqlRef(const MqlArray<T> &);
   template<class U> MqlRef(const MqlArray<U> &);
   template<int N> MqlRef(T (&)[N]);
   template<int N> MqlRef(const T (&)[N]);
   template<class U, int N> MqlRef(U (&)[N]);
   MqlRef(const MqlRef &);
   template<class U> MqlRef(const MqlRef<U> &);
   T &operator[](long);
   const T &operator[](long) const;
   int Size() const;
   bool Resize(int, int = 0);
   void Free();
   template<class U> void operator=(const U &);
};
template<class T> struct IsArray { static const bool v = false; };
template<class T> struct IsArray<MqlArray<T>> { static const bool v = true; };
template<class T> struct IsArray<MqlRef<T>> { static const bool v = true; };
template<class T, unsigned long N> struct IsArray<T[N]> { static const bool v = true; };
template<class T, unsigned long N> struct IsArray<const T[N]> { static const bool v = true; };
template<> struct IsArray<string> { static const bool v = true; };

template<class A> int ArraySize(const A &);
template<class A> int ArrayRange(const A &, int);

// ---- builtin functions that take any type ----------------------------------------------------------------------
template<class... R> void Print(const R &...);
template<class... R> void Alert(const R &...);
template<class... R> void Comment(const R &...);
template<class... R> void PrintFormat(string, const R &...);
template<class... R> int printf(string, const R &...);
template<class... R> string StringFormat(string, const R &...);
template<class... R> int StringConcatenate(string &, const R &...);

template<class A, class B> struct CommonType { typedef decltype(true ? A() : B()) type; };
#define TWO_NUMBERS(name)                                                  \
   template<class A, class B> typename CommonType<A, B>::type name(A, B);  \
   datetime name(datetime, int);                                           \
   datetime name(datetime, long);                                          \
   datetime name(int, datetime);                                           \
   datetime name(long, datetime);
TWO_NUMBERS(MathMax)
TWO_NUMBERS(MathMin)
TWO_NUMBERS(fmax)
TWO_NUMBERS(fmin)
template<class A> A MathAbs(A);
template<class A> A fabs(A);
template<class A> A abs(A);
template<class A> string EnumToString(A);
template<class A> void ZeroMemory(A &&);
template<class A> int CheckPointer(const A &);
template<class A> A *GetPointer(const A &);
template<class A> A *GetPointer(A *);
template<class A> A MathSwap(A);
template<class A, class B> bool ArraySwap(A &, B &);
template<class A, class... R> void ArrayPrint(const A &, const R &...);
template<class S, class A> bool StructToCharArray(const S &, const A &, uint = 0);
template<class S, class A> bool CharArrayToStruct(S &, const A &, uint = 0);
#define mql_typename(x) ""_s
#define offsetof(type, member) __builtin_offsetof(type, member)

int FileOpen(string, int, string, uint = 0);
int MessageBox(string, string = NULL, int = 0);
template<class... R> bool ObjectCreate(long, string, int, int, datetime, double, const R &...);
template<class... R> bool ObjectCreate(long, string, int, int, const R &...);
template<class... R> int iCustom(string, int, string, const R &...);
template<class... R> int IndicatorCreate(string, int, int, const R &...);
int iVolumes(string, int, int);

#define ONE_NUMBER(name) double name(double);
ONE_NUMBER(sqrt) ONE_NUMBER(sin) ONE_NUMBER(cos) ONE_NUMBER(tan) ONE_NUMBER(asin) ONE_NUMBER(acos) ONE_NUMBER(atan)
ONE_NUMBER(floor) ONE_NUMBER(ceil) ONE_NUMBER(round) ONE_NUMBER(exp) ONE_NUMBER(log) ONE_NUMBER(log10)
ONE_NUMBER(sinh) ONE_NUMBER(cosh) ONE_NUMBER(tanh) ONE_NUMBER(expm1) ONE_NUMBER(log1p)
double pow(double, double);
double fmod(double, double);
double atan2(double, double);
int rand();
void srand(int);

// ---- vector and matrix: the common members ---------------------------------------------------------------------
struct vector
{
   template<class... R> vector(R...);
   double &operator[](long);
   ulong Size() const;
   double Mean() const;
   double Max() const;
   double Min() const;
   double Sum() const;
};
struct matrix
{
   template<class... R> matrix(R...);
   ulong Rows() const;
   ulong Cols() const;
   vector Row(long) const;
   vector Col(long) const;
};
typedef vector vectorf;
typedef matrix matrixf;

// ---- predefined constants and variables ------------------------------------------------------------------------
#define DBL_MAX 1.7976931348623158e+308
#define DBL_MIN 2.2250738585072014e-308
#define DBL_EPSILON 2.2204460492503131e-016
#define EMPTY_VALUE 1.7976931348623158e+308
#define INVALID_HANDLE (-1)
#define M_E 2.718281828

#include "builtins.h"

extern const string _Symbol;
extern const ENUM_TIMEFRAMES _Period;
extern const int _Digits;
extern const double _Point;
extern int _LastError;
extern const int _UninitReason;
extern int _StopFlag;
extern const bool _IsX64;
extern int _RandomSeed;
extern const int _AppliedTo;
