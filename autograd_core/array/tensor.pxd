# C types of tensor.py.
cimport cython

from ..scalar.recording cimport Notes, Recorders, State, current_state
from ..scalar.value cimport Value, is_made, set_on_class


cdef Recorders recorders


cdef class Tensor:
    cdef public object _data
    cdef public object _evidence
    cdef public object _grad
    cdef public tuple _inputs
    cdef public object _operation
    cdef public tuple _options
    cdef public tuple _parents
    cdef public Notes _notes
    cdef public long long _mark
    cdef public bint _differentiable


cdef int _look_whether_made(Tensor node) except -1

cdef void _fill(Tensor node, object operation, object data, tuple options, bint differentiable)

@cython.locals(parents=tuple, parent=Value)
cdef object _fill_from_values(Tensor node, object values)

cpdef Tensor unary(object operation, Tensor x)

@cython.locals(first=Tensor, second=Tensor, inputs=tuple)
cpdef object binary(object operation, object x, object y)

@cython.locals(state=State, node=Tensor)
cdef Tensor _node(object operation, object data, tuple parents, tuple inputs, tuple options, bint differentiable)

cdef object _note_line(Tensor node)

cdef object _replace(Tensor leaf, object data)

@cython.locals(leaf=Tensor, squares=double)
cpdef bint _descend(list leaves, double learning_rate) except -1

cpdef object put(Tensor leaf, object data)


cdef class numbers_kept:
    cdef list _leaves
    cdef list _numbers

cdef object _array_of(Tensor leaf)

cdef object _give_back(Tensor leaf, tuple held)
