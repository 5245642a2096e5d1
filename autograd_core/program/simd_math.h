/* exp, expm1, sech, tanh, log and log1p without branches, so that a compiler turns loops over them into SIMD code.
 *
 * exp(x) = 2^n exp(r) with n = round(x / ln 2) and |r| <= ln(2)/2; expm1(r) is its Taylor polynomial of degree 13, whose
 * remainder there is below 1e-17 of the result. log(x) = n ln 2 + log(m) with m between sqrt(1/2) and sqrt(2), and
 * log(m) = 2 artanh((m - 1) / (m + 1)) by its series. Errors stay within 2 units in the last place.
 * Source: W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980), chapter 6. */
#ifndef AUTOGRAD_SIMD_MATH_H
#define AUTOGRAD_SIMD_MATH_H
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline double autograd_power_of_two(int64_t n) { /* -1022 <= n <= 1023, or what a nan made of n: any number */
    int64_t bits = (int64_t)((uint64_t)(n + 1023) << 52);
    double power;
    memcpy(&power, &bits, 8);
    return power;
}

/* Splits x = n ln 2 + r; returns expm1(r). */
static inline double autograd_reduced_expm1(double x, int64_t *n) {
    const double to_integer = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer, in the lowest bits */
    double shifted = x * 1.4426950408889634074 + to_integer;
    double whole = shifted - to_integer;
    int64_t bits, origin;
    memcpy(&bits, &shifted, 8);
    memcpy(&origin, &to_integer, 8);
    *n = bits - origin;
    double r = (x - whole * 6.93147180369123816490e-01) - whole * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    return r + r * r * p;
}

static inline double autograd_exp(double x) {
    double clamped = x > 710.0 ? 710.0 : (x < -746.0 ? -746.0 : x); /* comparisons with nan are false: nan stays */
    int64_t n;
    double reduced = autograd_reduced_expm1(clamped, &n);
    int64_t half = (int64_t)((uint64_t)(n + 4096) >> 1) - 2048; /* two steps, for 2^1024 and 2^-1074 are out of range */
    return (1.0 + reduced) * autograd_power_of_two(half) * autograd_power_of_two(n - half);
}

static inline double autograd_expm1(double x) {
    double clamped = x > 710.0 ? 710.0 : (x < -40.0 ? -40.0 : x);
    int64_t n;
    double reduced = autograd_reduced_expm1(clamped, &n);
    double half_power = autograd_power_of_two(n - 1);
    double result = 2.0 * (half_power * reduced + (half_power - 0.5));
    return x == 0.0 ? x : result; /* -0 stays */
}

/* With t = expm1(-2|x|) and q = exp(-2|x|), of one reduction: tanh|x| = -t / (2 + t), and its slope 4 q / (1 + q)^2. */
static inline double autograd_tanh_and_slope(double x, double *slope) {
    double a = fabs(x), minus_twice = a > 400.0 ? -800.0 : -2.0 * a; /* q is 0 from 373 on */
    int64_t n;
    double reduced = autograd_reduced_expm1(minus_twice, &n);
    int64_t half = (int64_t)((uint64_t)(n + 4096) >> 1) - 2048;
    double first = autograd_power_of_two(half), second = autograd_power_of_two(n - half), power = first * second;
    double t = power * reduced + (power - 1.0), d = 2.0 + t;
    *slope = 4.0 * (1.0 + reduced) / (d * d) * first * second;
    return copysign(t / d, x);
}

static inline double autograd_tanh(double x) {
    double unused;
    return autograd_tanh_and_slope(x, &unused);
}

static inline double autograd_sech(double x) { /* 1 / cosh(x) */
    double power = autograd_exp(-fabs(x));
    return 2.0 * power / (1.0 + power * power);
}

static inline double autograd_log(double x) {
    double tiny = x < 2.2250738585072014e-308 ? 1.0 : 0.0; /* subnormal: scaled by 2^54 */
    double scaled = tiny != 0.0 ? x * 18014398509481984.0 : x;
    uint64_t bits;
    memcpy(&bits, &scaled, 8);
    const uint64_t root_half = 0x3fe6a09e667f3bcdULL;
    uint64_t shifted = bits - root_half + 0x3ff0000000000000ULL; /* so that the exponent is n and m >= sqrt(1/2) */
    uint64_t whole = (shifted & 0xfff0000000000000ULL) - 0x3ff0000000000000ULL;
    uint64_t mantissa = bits - whole;
    double m, to_integer = 6755399441055744.0, n;
    memcpy(&m, &mantissa, 8);
    uint64_t origin, count = (shifted >> 52);
    memcpy(&origin, &to_integer, 8);
    origin += count;
    memcpy(&n, &origin, 8);
    n = (n - to_integer) - 1023.0 - 54.0 * tiny;
    double f = m - 1.0, s = f / (2.0 + f), q = s * s;
    double p = 2.0 / 23.0;
    p = p * q + 2.0 / 21.0;
    p = p * q + 2.0 / 19.0;
    p = p * q + 2.0 / 17.0;
    p = p * q + 2.0 / 15.0;
    p = p * q + 2.0 / 13.0;
    p = p * q + 2.0 / 11.0;
    p = p * q + 2.0 / 9.0;
    p = p * q + 2.0 / 7.0;
    p = p * q + 2.0 / 5.0;
    p = p * q + 2.0 / 3.0;
    /* log(m) = f - s (f - s^2 p), the form whose first term is exact */
    double result = n * 6.93147180369123816490e-01 + (f - (s * (f - q * p) - n * 1.90821492927058770002e-10));
    result = x == 0.0 ? -HUGE_VAL : result;
    result = x < 0.0 ? NAN : result;
    return x - x == 0.0 ? result : (x > 0.0 ? x : NAN); /* inf stays, nan and -inf are nan */
}

static inline double autograd_log1p(double x) {
    double w = 1.0 + x;
    double direct = autograd_log(w);
    double corrected = direct * (x / (w - 1.0)); /* what rounding 1 + x lost */
    double result = w == 1.0 ? x : corrected;
    return w - w == 0.0 && w > 0.0 ? result : direct; /* -inf at -1, nan below, inf at inf */
}
#endif
