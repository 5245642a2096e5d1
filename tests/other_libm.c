/* A mathematical library that rounds otherwise, to be loaded before that of the system (LD_PRELOAD).

   Where a result is no double, it is the double on the other side of it than the nearest one: an error of less than
   one unit in the last place, which every library in use may make. Exact results stay exact. */
#include <math.h>

static double other(long double exact)
{
    double nearest = (double)exact;
    if (!isfinite(nearest) || (long double)nearest == exact)
        return nearest;
    return nextafter(nearest, exact > nearest ? INFINITY : -INFINITY);
}

#define OF_ONE(name) double name(double x) { return other(name##l(x)); }
#define OF_TWO(name) double name(double x, double y) { return other(name##l(x, y)); }

OF_ONE(exp) OF_ONE(exp2) OF_ONE(expm1) OF_ONE(log) OF_ONE(log2) OF_ONE(log10) OF_ONE(log1p) OF_ONE(cbrt)
OF_ONE(sin) OF_ONE(cos) OF_ONE(tan) OF_ONE(asin) OF_ONE(acos) OF_ONE(atan)
OF_ONE(sinh) OF_ONE(cosh) OF_ONE(tanh) OF_ONE(asinh) OF_ONE(acosh) OF_ONE(atanh)
OF_ONE(erf) OF_ONE(erfc) OF_ONE(lgamma) OF_ONE(tgamma)
OF_TWO(pow) OF_TWO(atan2) OF_TWO(hypot)

/* Compilers write this for sin and cos of the same number; declared by GNU's math.h only where asked for. */
void sincos(double x, double *sine, double *cosine)
{
    *sine = sin(x);
    *cosine = cos(x);
}
