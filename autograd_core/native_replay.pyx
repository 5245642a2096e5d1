# cython: boundscheck=False, wraparound=False
"""The door to replay.h: hands the arrays of a Plan to C, with the interpreter's lock released.

Every index in a plan was computed by plan.py from a tape whose indices were checked, so none is checked again here.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t


cdef extern from "replay.h" nogil:
    const int AUTOGRAD_PRIMITIVES
    ctypedef struct autograd_plan:
        int slots, shared_ops, ops, rows, spread, example_inputs, outputs, guards
        const int16_t *shared_opcode
        const int32_t *shared_arguments
        const int32_t *shared_result
        const int16_t *opcode
        const int32_t *arguments
        const int32_t *result
        const int32_t *terms
        const int32_t *term_weight
        const int32_t *term_row
        const uint8_t *row_needed
        const uint8_t *slot_needed
        const int32_t *spread_slot
        const int32_t *spread_row
        const int32_t *input_row
        const int32_t *output_row
        const int32_t *output_slot
        const int32_t *guard_row
        const int32_t *guard_slot
        const uint8_t *guard_truth

    int64_t autograd_replay(
        const autograd_plan *plan, double *S, double *SA, const double *examples, int64_t count, double *outputs,
        int with_gradient, double seed, double *by_example, int64_t *broken
    )


PRIMITIVES_IN_C = AUTOGRAD_PRIMITIVES


cdef const int32_t *_ints(const int32_t[::1] array) noexcept:
    return &array[0] if array.shape[0] else NULL


cdef const int16_t *_shorts(const int16_t[::1] array) noexcept:
    return &array[0] if array.shape[0] else NULL


cdef const uint8_t *_bytes(const uint8_t[::1] array) noexcept:
    return &array[0] if array.shape[0] else NULL


cdef class NativePlan:
    """A plan as C sees it; keeps the arrays alive that it points into.

    Parameters
    ----------
    plan
        A :class:`autograd_core.plan.Plan`.
    """

    cdef autograd_plan p
    cdef object arrays

    def __init__(self, plan):
        self.arrays = plan
        self.p.slots = plan.slots
        self.p.rows = plan.rows
        self.p.shared_ops = len(plan.shared_opcode)
        self.p.ops = len(plan.opcode)
        self.p.spread = len(plan.spread_slot)
        self.p.example_inputs = len(plan.input_row)
        self.p.outputs = len(plan.output_row)
        self.p.guards = len(plan.guard_row)
        self.p.shared_opcode = _shorts(plan.shared_opcode)
        self.p.shared_arguments = _ints(plan.shared_arguments.reshape(-1))
        self.p.shared_result = _ints(plan.shared_result)
        self.p.opcode = _shorts(plan.opcode)
        self.p.arguments = _ints(plan.arguments.reshape(-1))
        self.p.result = _ints(plan.result)
        self.p.terms = _ints(plan.terms)
        self.p.term_weight = _ints(plan.term_weight)
        self.p.term_row = _ints(plan.term_row)
        self.p.row_needed = _bytes(plan.row_needed)
        self.p.slot_needed = _bytes(plan.slot_needed)
        self.p.spread_slot = _ints(plan.spread_slot)
        self.p.spread_row = _ints(plan.spread_row)
        self.p.input_row = _ints(plan.input_row)
        self.p.output_row = _ints(plan.output_row)
        self.p.output_slot = _ints(plan.output_slot)
        self.p.guard_row = _ints(plan.guard_row)
        self.p.guard_slot = _ints(plan.guard_slot)
        self.p.guard_truth = _bytes(plan.guard_truth)

    def replay(
        self,
        double[::1] scalars,
        double[::1] by_slot,
        const double[:, ::1] examples,
        double[:, ::1] outputs,
        bint with_gradient,
        double seed,
        double[:, ::1] by_example,
    ):
        """Run the plan; results are written into the arrays.

        Returns
        -------
        guard, example : int
            The guard that came out otherwise than recorded, and the example; -1 and -1 if none did.
        """
        cdef int64_t count = outputs.shape[0]
        cdef int64_t broken = -1
        cdef int64_t status
        cdef double *S = &scalars[0] if scalars.shape[0] else NULL
        cdef double *SA = &by_slot[0] if by_slot.shape[0] else NULL
        cdef const double *data = &examples[0, 0] if examples.shape[0] and examples.shape[1] else NULL
        cdef double *out = &outputs[0, 0] if count and outputs.shape[1] else NULL
        cdef double *gradients = &by_example[0, 0] if with_gradient and by_example.shape[1] else NULL
        with nogil:
            status = autograd_replay(&self.p, S, SA, data, count, out, with_gradient, seed, gradients, &broken)
        if status < 0:
            raise MemoryError("no memory for a block of examples")
        return status - 1, broken
