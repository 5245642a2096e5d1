# C types of value.py. A node takes 80 bytes: two parents, two local derivatives, no garbage-collector header.
cimport cython

from .kernels cimport evaluate
from .recording cimport Notes, State, current_state


cdef class Value:
    cdef double _data
    cdef double _grad
    cdef Value _left
    cdef Value _right
    cdef double _by_left
    cdef double _by_right
    cdef Notes _notes
    cdef int _mark
    cdef short _opcode
    cdef unsigned char _has_grad
    cdef unsigned char _differentiable


cdef Notes _NO_NOTES
cdef list _released
cdef bint _releasing

cdef void _release(Value node) noexcept

cdef void _fill(Value node, State state, int opcode, double data, int differentiable) noexcept

@cython.locals(node=Value)
cdef Value _new(State state, int opcode, double data, int differentiable)

@cython.locals(state=State, node=Value, data=double, by_x=double)
cdef Value _unary(int opcode, Value x)

@cython.locals(state=State, node=Value, x=Value, y=Value, mask=int, data=double, by_x=double, by_y=double)
cdef object _binary(int opcode, object first, object second)

@cython.locals(state=State, node=Value, mask=int, data=double, by_x=double, by_y=double, by_w=double)
cdef Value _ternary(int opcode, Value x, Value y, Value w)

cpdef as_value(object other, int opcode)
