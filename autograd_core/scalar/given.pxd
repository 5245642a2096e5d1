# C types of given.py: nodes with given derivatives are made without a call of Python for each link.
cimport cython

from .recording cimport Notes, noted
from .value cimport Value, as_value, fill_ternary, is_made, record_ternary

cdef int _GIVEN

cpdef tuple _family(object children, object local_grads, object label, object micrograds, object sign)

cdef tuple _as_tuple(object given, str what)

@cython.locals(total=Value, slopes=list, position=cython.Py_ssize_t, last=cython.Py_ssize_t)
cpdef object _give(Value node, object data, tuple children, tuple local_grads)

cdef Value _number(object given, Py_ssize_t position)

@cython.locals(links=list, position=cython.Py_ssize_t, link=Value)
cpdef list _slopes_of(Value node)

@cython.locals(links=list, position=cython.Py_ssize_t, link=Value, given=Value, notes=Notes, slope=double)
cpdef object _set_slopes(Value node, list slopes)
