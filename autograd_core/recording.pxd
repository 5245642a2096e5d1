# C types of recording.py.
cimport cython
from cpython.pythread cimport PyThread_get_thread_ident


cdef class Notes:
    cdef readonly object label
    cdef readonly object scope
    cdef readonly object third_parent
    cdef readonly double by_third
    cdef readonly object line


cdef class State:
    cdef public Notes notes
    cdef public list outer_notes
    cdef public object branches
    cdef public bint enabled
    cdef public object watcher


cdef class scope:
    cdef str _name
    cdef tuple _last


cdef long _last_thread
cdef State _last_state

cpdef State current_state()
