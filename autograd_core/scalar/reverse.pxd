# C types of reverse.py: the two loops of a backward pass.
cimport cython

from .value cimport Value

cdef int _COUNTING, _BALLAST

@cython.locals(node=Value, left=Value, right=Value, third=Value, found=list, mark=int)
cdef object _count_children(Value root)

cdef inline object _count(Value parent, list found)

@cython.locals(node=Value, left=Value, right=Value, third=Value, ready=list, grad=double, local=double, mark=int)
cdef object _propagate(Value root)

@cython.locals(node=Value, parent=Value, ready=list)
cdef list _visiting_order(Value root)

cdef inline object _child_visited(Value parent, list ready)

cdef inline void _accumulate(Value node, Value parent, double local_derivative) noexcept

@cython.locals(parent=Value)
cdef object _watched(Value node, int position)
