# cython: boundscheck=False, wraparound=False
"""The door to plan.h and replay.h: hands the arrays of a tape and of a batch to C, with the interpreter's lock released.

The indices of a tape were checked, so none is checked again here. The type of each array is, for C would read what is
none as if it were one.
"""

cimport numpy as np
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t
from libc.stdlib cimport free
from libc.string cimport memcpy

import numpy as np

from ..formulas.rules import PRIMITIVES

np.import_array()


cdef extern from "replay.h" nogil:
    const int AUTOGRAD_PRIMITIVES
    ctypedef struct autograd_tape:
        int inputs, constants, ops, outputs, guards, add, mul, stop_gradient
        const double *constant
        const int16_t *opcode
        const int32_t *arguments
        const int32_t *output
        const int32_t *guard
        const uint8_t *truth
        const uint8_t *of_examples
        const uint8_t *wanted

    ctypedef struct autograd_matrix:
        int32_t lines, terms, places

    ctypedef struct autograd_plan:
        int outputs, shared_ops, ops, matrices
        autograd_matrix *matrix

    ctypedef struct autograd_batch:
        int64_t count
        int arrays
        const double **numbers
        const int64_t *width
        double **gradient

    ctypedef struct autograd_memory:
        double *S
        double *SA
        double *all

    int autograd_make_plan(const autograd_tape *tape, autograd_plan *plan)
    void autograd_release(autograd_plan *plan)
    int autograd_choose(const char *name)
    int autograd_is_kept(int opcode)
    int autograd_arity(int opcode)
    void autograd_slopes(int opcode, const double *X, double *D, int64_t count)
    void autograd_values(int opcode, const double *X, double *Z, int64_t count)
    int autograd_make_room(const autograd_plan *plan, int with_gradient, int64_t count, autograd_memory *memory)
    int autograd_replay(
        const autograd_plan *plan, const autograd_memory *memory, const autograd_batch *batch, double *outputs,
        double *total, int with_gradient, double seed, int64_t *broken
    )


PRIMITIVES_IN_C = AUTOGRAD_PRIMITIVES


def choose_instruction_set(str name):
    """Let replays use ``"avx512"``, ``"avx2"`` or ``"any"``; False if this processor does not have it.

    The best one is chosen when the module is imported; this is for comparing them.
    """
    return bool(autograd_choose(name.encode()))


INSTRUCTION_SETS = tuple(name for name in ("any", "avx2", "avx512") if choose_instruction_set(name))


#: The opcodes of the functions whose slope comes with the value, for little more.
KEPT = frozenset(opcode for opcode in range(AUTOGRAD_PRIMITIVES) if autograd_is_kept(opcode))


def slopes(int opcode, np.ndarray x not None):
    """The local derivatives of a function of :data:`KEPT` at the numbers of an array, or None where it is not of float64
    or not contiguous.
    """
    if opcode not in KEPT:
        raise ValueError(f"the slope of the function with opcode {opcode} does not come with its value")
    return _of_array(opcode, x, autograd_slopes)


def values(int opcode, np.ndarray x not None):
    """A function of one argument at the numbers of an array, or None where it is not of float64 or not contiguous."""
    if not 0 <= opcode < AUTOGRAD_PRIMITIVES or autograd_arity(opcode) != 1:
        raise ValueError(f"C has no function of one argument with opcode {opcode}")
    return _of_array(opcode, x, autograd_values)


cdef object _of_array(int opcode, np.ndarray x, void (*compute)(int, const double *, double *, int64_t) noexcept nogil):
    if np.PyArray_TYPE(x) != np.NPY_FLOAT64 or not np.PyArray_IS_C_CONTIGUOUS(x):
        return None
    cdef np.ndarray found = np.PyArray_SimpleNew(np.PyArray_NDIM(x), np.PyArray_DIMS(x), np.NPY_FLOAT64)
    cdef const double *numbers = <const double *> np.PyArray_DATA(x)
    cdef double *results = <double *> np.PyArray_DATA(found)
    cdef int64_t count = np.PyArray_SIZE(x)
    with nogil:
        compute(opcode, numbers, results, count)
    return found


cdef void *_memory_of(object array, int type_number, int64_t size) except? NULL:
    """Where the numbers of an array lie; it must be of a type, contiguous, and, unless that is -1, of a size."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"a replay takes arrays, not {type(array).__name__}")
    cdef np.ndarray numbers = array
    if np.PyArray_TYPE(numbers) != type_number or not np.PyArray_IS_C_CONTIGUOUS(numbers):
        raise TypeError(f"a replay takes contiguous arrays of the type it was planned for, not of {array.dtype}")
    if size >= 0 and np.PyArray_SIZE(numbers) != size:
        raise TypeError(f"a replay was planned for an array of {size} numbers, not of {np.PyArray_SIZE(numbers)}")
    return np.PyArray_DATA(numbers)


cdef class NativePlan:
    """How a tape is replayed, as plan.h finds out.

    Parameters
    ----------
    tape
        A :class:`autograd_core.program.flatten.Tape`.
    sizes
        How many numbers each argument of the program has.
    of_examples
        For each argument whether every example has its own.
    wanted
        For each argument whether its gradient will be asked for.
    """

    cdef autograd_plan p
    cdef int arguments, arrays  # of the arguments, those of the examples
    cdef int64_t *size  # of the arguments; then, for the batch, those of the examples
    cdef char *own  # for each argument whether every example has its own
    cdef bint with_gradient
    cdef autograd_memory spare  # of the last replay; several may be under way in several threads
    cdef bint has_spare

    def __cinit__(self, tape, sizes, of_examples, wanted):
        self.with_gradient = any(wanted)
        self.has_spare = False
        self.arguments = len(sizes)
        self.arrays = 0
        self.size = <int64_t *> PyMem_Malloc((2 * self.arguments + 1) * sizeof(int64_t))
        self.own = <char *> PyMem_Malloc(self.arguments + 1)
        if self.size == NULL or self.own == NULL:
            raise MemoryError("no memory for a program")
        for position in range(self.arguments):
            self.size[position] = sizes[position]
            self.own[position] = of_examples[position]
            if of_examples[position]:
                self.size[self.arguments + self.arrays] = sizes[position]
                self.arrays += 1
        constants = np.ascontiguousarray(tape.constants, np.float64)
        opcodes = np.ascontiguousarray(tape.opcodes, np.int16)
        slots = np.ascontiguousarray(tape.arguments, np.int32)
        outputs = np.ascontiguousarray(tape.outputs, np.int32)
        guards = np.array([guard.slot for guard in tape.guards], np.int32)
        truths = np.array([guard.truth for guard in tape.guards], np.uint8)
        examples_own = np.repeat(np.array(of_examples, np.uint8), sizes)
        gradients = np.repeat(np.array(wanted, np.uint8), sizes)
        cdef autograd_tape t
        t.inputs, t.constants, t.ops = tape.inputs, len(constants), len(opcodes)
        t.outputs, t.guards = len(outputs), len(guards)
        t.add, t.mul, t.stop_gradient = [PRIMITIVES[name].opcode for name in ("add", "mul", "stop_gradient")]
        t.constant = <const double *> _memory_of(constants, np.NPY_DOUBLE, t.constants)
        t.opcode = <const int16_t *> _memory_of(opcodes, np.NPY_INT16, t.ops)
        t.arguments = <const int32_t *> _memory_of(slots, np.NPY_INT32, 3 * <int64_t> t.ops)
        t.output = <const int32_t *> _memory_of(outputs, np.NPY_INT32, t.outputs)
        t.guard = <const int32_t *> _memory_of(guards, np.NPY_INT32, t.guards)
        t.truth = <const uint8_t *> _memory_of(truths, np.NPY_UINT8, t.guards)
        t.of_examples = <const uint8_t *> _memory_of(examples_own, np.NPY_UINT8, t.inputs)
        t.wanted = <const uint8_t *> _memory_of(gradients, np.NPY_UINT8, t.inputs)
        cdef int planned
        with nogil:
            planned = autograd_make_plan(&t, &self.p)
        if not planned:
            raise MemoryError("no memory for the plan of a program")

    def __dealloc__(self):
        if self.has_spare:
            free(self.spare.all)
        PyMem_Free(self.size)
        PyMem_Free(self.own)
        autograd_release(&self.p)

    @property
    def matrices(self):
        """Lines, terms and number of places of each matrix that is found among scalars."""
        return [
            (self.p.matrix[k].lines, self.p.matrix[k].terms, self.p.matrix[k].places) for k in range(self.p.matrices)
        ]

    @property
    def instructions(self):
        """How many are interpreted: a matrix at all of its places, a sum of products, and several in a row are one."""
        return self.p.shared_ops + self.p.ops

    def replay(self, list arguments, int64_t count, outputs, double seed, list gradients):
        """Run the plan; results are written into the arrays.

        Parameters
        ----------
        arguments : list of ndarray
            One array an argument: contiguous, float64, and of the right size.
        count
            Number of examples.
        outputs : ndarray or None
            Where the results go, an example after the other.
        seed
            Gradient of each result.
        gradients : list of (ndarray or None)
            Where the gradient by each argument goes, or None where it is not wanted.

        Returns
        -------
        total : float
            The sum of the (first) result over the examples.
        guard, example : int
            The guard that came out otherwise than recorded, and the example; -1 and -1 if none did.
        """
        cdef autograd_memory memory
        cdef autograd_batch batch
        cdef int64_t broken = -1
        cdef int64_t slot = 0
        cdef int64_t size
        cdef int position, status
        cdef int array = 0
        cdef double total = 0.0
        cdef double *out = NULL
        if len(arguments) != self.arguments or len(gradients) != self.arguments or count < 0:
            raise TypeError(f"the program takes {self.arguments} arguments")
        if outputs is not None:
            out = <double *> _memory_of(outputs, np.NPY_DOUBLE, count * self.p.outputs)
        for position in range(self.arguments):
            size = self.size[position] * (count if self.own[position] else 1)
            _memory_of(arguments[position], np.NPY_DOUBLE, size)
            if gradients[position] is not None:
                _memory_of(gradients[position], np.NPY_DOUBLE, size)
        cdef void *pointers = PyMem_Malloc((2 * self.arrays + 1) * sizeof(void *))
        if pointers == NULL:
            raise MemoryError("no memory for a batch")
        batch.count = count
        batch.arrays = self.arrays
        batch.numbers = <const double **> pointers
        batch.width = self.size + self.arguments
        batch.gradient = <double **> pointers + self.arrays
        memory.all = NULL
        if self.has_spare:
            memory = self.spare
            self.has_spare = False
        if not autograd_make_room(&self.p, self.with_gradient, count, &memory):
            PyMem_Free(pointers)
            raise MemoryError("no memory for a block of examples")
        for position in range(self.arguments):
            if self.own[position]:
                batch.numbers[array] = <const double *> np.PyArray_DATA(arguments[position])
                batch.gradient[array] = NULL
                if gradients[position] is not None:
                    batch.gradient[array] = <double *> np.PyArray_DATA(gradients[position])
                array += 1
            else:
                memcpy(memory.S + slot, np.PyArray_DATA(arguments[position]), self.size[position] * sizeof(double))
            slot += self.size[position]
        with nogil:
            status = autograd_replay(&self.p, &memory, &batch, out, &total, self.with_gradient, seed, &broken)
        if self.with_gradient and status == 0:
            slot = 0
            for position in range(self.arguments):
                if not self.own[position] and gradients[position] is not None:
                    memcpy(
                        np.PyArray_DATA(gradients[position]), memory.SA + slot, self.size[position] * sizeof(double)
                    )
                slot += self.size[position]
        if self.has_spare:
            free(memory.all)
        else:
            self.spare = memory
            self.has_spare = True
        PyMem_Free(pointers)
        return total, status - 1, broken
