# C types of kernels.py. The header is generated from the table by the build (see setup.py).

cdef extern from "kernels.h" nogil:
    const int IN_C "AUTOGRAD_PRIMITIVES"  # primitives with a smaller opcode are in the header
    double autograd_kernel(int opcode, int mask, double x, double y, double w, double *dx, double *dy, double *dw)

cdef inline (double, double, double, double) evaluate_in_c(
    int opcode, int mask, double x, double y, double w
) noexcept:
    cdef double dx = 0.0
    cdef double dy = 0.0
    cdef double dw = 0.0
    cdef double z = autograd_kernel(opcode, mask, x, y, w, &dx, &dy, &dw)
    return z, dx, dy, dw

cpdef (double, double, double, double) evaluate(int opcode, int mask, double x, double y, double w)
