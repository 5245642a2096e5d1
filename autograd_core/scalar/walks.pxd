# C types of walks.py: the walk that everything else stands on.
cimport cython

from .value cimport Value, is_made, is_stale

cdef void _mark(Value node, int walk) noexcept

@cython.locals(node=Value, third=Value, order=list, waiting=cython.bint)
cdef list _postorder(list stack, int walk)

@cython.locals(stale=set, differs=cython.bint)
cpdef set stale_among(list order)

cdef int _NUMBERED
cdef double _SUM_ROUNDING

@cython.locals(
    node=Value, third=Value, position=cython.Py_ssize_t, held=double, received=double, size=double
)
cdef list _unexplained(list values, list sums, list sizes)

@cython.locals(position=cython.Py_ssize_t, received=double, size=double, passed=double)
cdef int _pass_on(Value node, Value parent, double local, list values, list sums, list sizes) except -1
