# C types of flatten.py.
cimport cython

from ..scalar.kernels cimport evaluate
from ..scalar.value cimport Value

cdef int _NUMBERED
cdef int _IDENTITY
cdef int _LEAF

cdef int _number_of(Value node) noexcept

@cython.locals(node=Value)
cdef list _leaves_in(list order)

@cython.locals(
    node=Value,
    position=cython.Py_ssize_t,
    place=cython.Py_ssize_t,
    given=int,
    instructions=int,
    first=int,
    second=int,
    third=int,
    is_constant=cython.bint,
    slot=cython.uint,
    mask=cython.uint,
    same=int,
    data=double,
)
cdef int _flatten(
    list inputs,
    list order,
    int[::1] codes,
    short[::1] opcodes,
    int[:, ::1] arguments,
    int[::1] table,
    list constants,
) except -1

cdef object _folded(Value node, int first, int second, int third, list constants)

cdef int _constant_code(double data, list constants, dict known) except? -1

@cython.locals(row=cython.Py_ssize_t, column=cython.Py_ssize_t, code=int)
cdef int _renumber(int[:, ::1] codes, int[::1] counts, int inputs, int constants) except -1
