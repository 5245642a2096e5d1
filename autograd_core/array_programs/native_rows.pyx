# cython: boundscheck=False, wraparound=False
"""The door to rows.h: hands arrays to C, with the interpreter's lock released."""

cimport numpy as np
from libc.stdint cimport int64_t

np.import_array()


cdef extern from "rows.h" nogil:
    int autograd_any_nan_double(const double *X, int64_t count)
    int autograd_any_nan_float(const float *X, int64_t count)
    void autograd_sum_of_rows_double(const double *X, double *out, int64_t rows, int64_t count)
    void autograd_sum_of_rows_float(const float *X, float *out, int64_t rows, int64_t count)
    double autograd_cross_entropy_double(
        const double *X, const int64_t *classes, double *S, int64_t rows, int64_t count, double factor
    )
    double autograd_cross_entropy_float(
        const float *X, const int64_t *classes, float *S, int64_t rows, int64_t count, double factor
    )


def cross_entropy(np.ndarray x not None, np.ndarray classes not None, np.ndarray slope not None, np.ndarray out not None):
    """The mean cross-entropy of logits and classes, into `out`; its derivative by the logits, into `slope`.

    Parameters
    ----------
    x
        Logits, shape (examples, classes), float64 or float32.
    classes
        The number of each example's class, shape (examples,).
    slope
        An array like x, laid out row by row: softmax less 1 for the label, divided by the number of examples.
    out
        An array of one number of the type of x.

    Returns
    -------
    int
        The first example whose class there is not; -1 if there is none such.
    """
    cdef int kind = np.PyArray_TYPE(x)
    if kind != np.NPY_FLOAT64 and kind != np.NPY_FLOAT32:
        raise TypeError(f"cross_entropy takes float64 or float32, not {x.dtype}")
    if not np.PyArray_IS_C_CONTIGUOUS(x):
        x = np.PyArray_GETCONTIGUOUS(x)
    if np.PyArray_TYPE(classes) != np.NPY_INT64 or not np.PyArray_IS_C_CONTIGUOUS(classes):
        classes = np.PyArray_GETCONTIGUOUS(classes.astype("int64"))
    if np.PyArray_NDIM(x) != 2 or np.PyArray_SIZE(classes) != np.PyArray_DIM(x, 0) or np.PyArray_SIZE(out) != 1:
        raise TypeError("cross_entropy takes a table of logits, a class for each row, and a place for one number")
    if np.PyArray_TYPE(slope) != kind or np.PyArray_TYPE(out) != kind:
        raise TypeError("cross_entropy gives arrays of the type of its logits")
    if not np.PyArray_IS_C_CONTIGUOUS(slope) or np.PyArray_SIZE(slope) != np.PyArray_SIZE(x):
        raise TypeError("cross_entropy takes a slope like its logits, laid out row by row")
    cdef const int64_t *labels = <const int64_t *> np.PyArray_DATA(classes)
    cdef int64_t rows = np.PyArray_DIM(x, 0)
    cdef int64_t count = np.PyArray_DIM(x, 1)
    cdef int64_t row
    cdef double total
    if rows == 0 or count == 0:
        raise TypeError("cross_entropy takes at least one row of at least one logit")
    for row in range(rows):
        if labels[row] < 0 or labels[row] >= count:
            return row
    with nogil:
        if kind == np.NPY_FLOAT64:
            total = autograd_cross_entropy_double(
                <const double *> np.PyArray_DATA(x), labels, <double *> np.PyArray_DATA(slope), rows, count, 1.0 / rows
            )
        else:
            total = autograd_cross_entropy_float(
                <const float *> np.PyArray_DATA(x), labels, <float *> np.PyArray_DATA(slope), rows, count, 1.0 / rows
            )
    if kind == np.NPY_FLOAT64:
        (<double *> np.PyArray_DATA(out))[0] = total / rows
    else:
        (<float *> np.PyArray_DATA(out))[0] = <float> (total / rows)
    return -1


def sum_of_rows(np.ndarray x not None, np.ndarray out not None):
    """The sum of the rows of an array of shape (rows, count), into one of shape (count,); as ``np.add.reduce``."""
    cdef int kind = np.PyArray_TYPE(x)
    if (kind != np.NPY_FLOAT64 and kind != np.NPY_FLOAT32) or np.PyArray_TYPE(out) != kind:
        raise TypeError(f"sum_of_rows takes arrays of one type, float64 or float32, not {x.dtype} and {out.dtype}")
    if np.PyArray_NDIM(x) != 2 or np.PyArray_SIZE(out) != np.PyArray_DIM(x, 1):
        raise TypeError("sum_of_rows takes a table, and a place for one row of it")
    if not np.PyArray_IS_C_CONTIGUOUS(x):
        x = np.PyArray_GETCONTIGUOUS(x)
    if not np.PyArray_IS_C_CONTIGUOUS(out):
        raise TypeError("sum_of_rows takes a place that is contiguous")
    cdef int64_t rows = np.PyArray_DIM(x, 0)
    cdef int64_t count = np.PyArray_DIM(x, 1)
    if kind == np.NPY_FLOAT64:
        with nogil:
            autograd_sum_of_rows_double(<const double *> np.PyArray_DATA(x), <double *> np.PyArray_DATA(out), rows, count)
    else:
        with nogil:
            autograd_sum_of_rows_float(<const float *> np.PyArray_DATA(x), <float *> np.PyArray_DATA(out), rows, count)


def holds_nan(list arrays not None):
    """Whether there is a nan in one of some arrays, which are of float64 or float32 and contiguous."""
    cdef np.ndarray each
    cdef int kind
    for item in arrays:
        if item is None:
            raise TypeError("holds_nan takes arrays, not None")
        each = item
        kind = np.PyArray_TYPE(each)
        if (kind != np.NPY_FLOAT64 and kind != np.NPY_FLOAT32) or not np.PyArray_ISCONTIGUOUS(each):
            raise TypeError(f"holds_nan takes contiguous arrays of float64 or float32, not of {each.dtype}")
        if kind == np.NPY_FLOAT64:
            if autograd_any_nan_double(<const double *> np.PyArray_DATA(each), np.PyArray_SIZE(each)):
                return True
        elif autograd_any_nan_float(<const float *> np.PyArray_DATA(each), np.PyArray_SIZE(each)):
            return True
    return False
