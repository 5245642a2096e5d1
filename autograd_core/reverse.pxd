# C types of reverse.py: the pass over the order.
cimport cython

from .value cimport Value

cdef void _seed(Value root) noexcept

@cython.locals(node=Value, third=Value)
cdef void _propagate(list order)

cdef void _accumulate(Value node, Value parent, double local_derivative) noexcept

@cython.locals(parent=Value)
cdef object _watched(Value node, int position)
