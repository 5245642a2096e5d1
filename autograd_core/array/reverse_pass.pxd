# C types of reverse_pass.py.
cimport cython

from .tensor cimport Tensor


@cython.locals(node=Tensor, parent=Tensor, found=list, number=cython.longlong, mark=cython.longlong)
cpdef long long count_children(Tensor root, bint forget=*)

cdef object _refuse_changed(Tensor node, Tensor parent)

@cython.locals(node=Tensor, parent=Tensor, ready=list, arrived=dict, number=cython.longlong, position=cython.Py_ssize_t)
cdef list _visit_all(Tensor root, object seed, object f, double limit)

@cython.locals(inputs=tuple, options=tuple)
cdef object _passed_on(Tensor node, Py_ssize_t position, object rules, object f)

cpdef list arrived_at_ends(Tensor root, object seed, double limit)

@cython.locals(node=Tensor)
cpdef object hand_over(list ends)
