/* Memory for nodes, in slabs that are filled from their beginning to their end.
 *
 * A walk over a graph is fast where nodes made one after another lie so in memory. A list of free blocks that gives
 * out what was freed last shuffles them a little more with each graph that is built and released; after a hundred
 * steps of a training nearly every edge leads to another page. Here a vacant place is given out in the order of
 * addresses, and a slab is filled again once half of it is vacant, so that no more than half is ever lost to holes.
 * The GIL guards all of it. */
#ifndef AUTOGRAD_SLABS_H
#define AUTOGRAD_SLABS_H
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* Under AddressSanitizer a vacant place is poisoned: who touches a node that has gone is reported. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)0)
#endif

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#endif

#if defined(_MSC_VER)
static inline int autograd_lowest_bit(uint64_t word) {
    int position = 0;
    while (!(word & 1)) word >>= 1, position++;
    return position;
}
#else
#define autograd_lowest_bit(word) __builtin_ctzll(word)
#endif

enum {
    SLAB_BYTES = 1 << 18,  /* a slab begins at a multiple of it, so that a node's address tells its slab */
    NODE_BYTES = 80,
    SLAB_WORDS = SLAB_BYTES / NODE_BYTES / 64, /* of 64 nodes each; what is left over holds the slab's own fields */
    SLAB_NODES = 64 * SLAB_WORDS,
    SLABS_KEPT = 128, /* wholly vacant ones; more are given back to the system */
    TRACED = 0x61676e /* the domain of tracemalloc that slabs are counted in */
};

typedef struct Slab {
    void *allocation; /* what is to be given back, where that is not the slab itself */
    struct Slab *before, *after; /* in the list of slabs to be filled again */
    int listed, live;
    uint64_t vacant[SLAB_WORDS]; /* a bit a place */
    char nodes[SLAB_NODES * NODE_BYTES];
} Slab;

typedef char autograd_slab_fits[sizeof(Slab) <= SLAB_BYTES ? 1 : -1];

static Slab autograd_no_slab; /* where no place is vacant: before the first node is made */
static Slab *autograd_slab = &autograd_no_slab, *autograd_listed = NULL; /* that is being filled; to be filled again */
static int autograd_word = 0; /* places before it are not given out until the slab is filled again */
static int autograd_slabs_vacant = 0;
static PyTypeObject *autograd_node_type = NULL;

/* Memory that begins at a multiple of its size. */
#if defined(__unix__) || defined(__APPLE__)
static Slab *autograd_slab_map(void) {
    char *mapped = mmap(NULL, SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (mapped == MAP_FAILED) return NULL;
    size_t excess = (uintptr_t)mapped % SLAB_BYTES;
    if (excess == 0) return (Slab *)mapped; /* as it mostly is, for systems put one mapping beside the other */
    munmap(mapped, SLAB_BYTES);
    mapped = mmap(NULL, 2 * (size_t)SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (mapped == MAP_FAILED) return NULL;
    size_t skipped = SLAB_BYTES - (uintptr_t)mapped % SLAB_BYTES;
    munmap(mapped, skipped);
    if (skipped < SLAB_BYTES) munmap(mapped + skipped + SLAB_BYTES, SLAB_BYTES - skipped);
    return (Slab *)(mapped + skipped);
}

static void autograd_slab_unmap(Slab *slab) { munmap(slab, SLAB_BYTES); }
#else
static Slab *autograd_slab_map(void) {
    void *allocation = PyMem_RawMalloc(2 * (size_t)SLAB_BYTES);
    if (allocation == NULL) return NULL;
    Slab *slab = (Slab *)(((uintptr_t)allocation + SLAB_BYTES - 1) & ~(uintptr_t)(SLAB_BYTES - 1));
    slab->allocation = allocation;
    return slab;
}

static void autograd_slab_unmap(Slab *slab) { PyMem_RawFree(slab->allocation); }
#endif

static void autograd_slab_unlist(Slab *slab) {
    if (slab->before != NULL) slab->before->after = slab->after;
    else autograd_listed = slab->after;
    if (slab->after != NULL) slab->after->before = slab->before;
    slab->listed = 0;
    if (slab->live == 0) autograd_slabs_vacant--;
}

/* Put a slab where it belongs after a node of it has gone, or after it was filled to its end. */
static void autograd_slab_list(Slab *slab) {
    if (!slab->listed) {
        slab->before = NULL;
        slab->after = autograd_listed;
        if (autograd_listed != NULL) autograd_listed->before = slab;
        autograd_listed = slab;
        slab->listed = 1;
    }
    if (slab->live == 0 && ++autograd_slabs_vacant > SLABS_KEPT) {
        autograd_slab_unlist(slab);
        PyTraceMalloc_Untrack(TRACED, (uintptr_t)slab);
        ASAN_UNPOISON_MEMORY_REGION(slab->nodes, sizeof slab->nodes); /* the system gives it to somebody else */
        autograd_slab_unmap(slab);
    }
}

static int autograd_slab_next(void) {
    Slab *slab = autograd_listed;
    if (slab != NULL) autograd_slab_unlist(slab);
    else {
        slab = autograd_slab_map();
        if (slab == NULL) return -1;
        PyTraceMalloc_Track(TRACED, (uintptr_t)slab, SLAB_BYTES);
        slab->listed = slab->live = 0;
        memset(slab->vacant, 0xff, sizeof slab->vacant);
        ASAN_POISON_MEMORY_REGION(slab->nodes, sizeof slab->nodes);
    }
    Slab *filled = autograd_slab;
    autograd_slab = slab;
    autograd_word = 0;
    if (filled != &autograd_no_slab && filled->live <= SLAB_NODES / 2) autograd_slab_list(filled);
    return 0;
}

/* A class derived in C, as Cython does it, inherits these functions, but not the size, and may have the collector. */
static PyObject *autograd_derived_alloc(PyTypeObject *type, Py_ssize_t items) {
    if (type->tp_free == NULL) type->tp_free = PyType_IS_GC(type) ? PyObject_GC_Del : PyObject_Free;
    return PyType_GenericAlloc(type, items);
}

/* Find the next word of vacant places. */
static int autograd_word_next(void) {
    do {
        if (++autograd_word < SLAB_WORDS && autograd_slab != &autograd_no_slab) continue;
        autograd_word = 0;
        if (autograd_slab_next() < 0) return -1;
    } while (autograd_slab->vacant[autograd_word] == 0);
    return 0;
}

/* A fresh object, all zeros. */
static inline PyObject *autograd_allocate(PyObject *type) {
    if ((PyTypeObject *)type != autograd_node_type) return ((PyTypeObject *)type)->tp_alloc((PyTypeObject *)type, 0);
    if (autograd_slab->vacant[autograd_word] == 0 && autograd_word_next() < 0) return PyErr_NoMemory();
    Slab *slab = autograd_slab;
    int place = autograd_lowest_bit(slab->vacant[autograd_word]);
    slab->vacant[autograd_word] &= slab->vacant[autograd_word] - 1;
    slab->live++;
    PyObject *node = (PyObject *)(slab->nodes + (64 * autograd_word + place) * NODE_BYTES);
    ASAN_UNPOISON_MEMORY_REGION(node, NODE_BYTES);
    memset(node, 0, NODE_BYTES);
#if defined(Py_REF_DEBUG) || defined(Py_GIL_DISABLED)
    return PyObject_Init(node, (PyTypeObject *)type);
#else /* the same without a call, for a type that is not counted */
    Py_SET_TYPE(node, (PyTypeObject *)type);
    Py_SET_REFCNT(node, 1);
    return node;
#endif
}

static PyObject *autograd_node_alloc(PyTypeObject *type, Py_ssize_t items) {
    return type == autograd_node_type ? autograd_allocate((PyObject *)type) : autograd_derived_alloc(type, items);
}

static void autograd_node_free(void *node) {
    if (Py_TYPE((PyObject *)node) != autograd_node_type) {
        PyObject_Free(node);
        return;
    }
    ASAN_POISON_MEMORY_REGION(node, NODE_BYTES);
    Slab *slab = (Slab *)((uintptr_t)node & ~(uintptr_t)(SLAB_BYTES - 1));
    unsigned place = (unsigned)((char *)node - slab->nodes) / NODE_BYTES;
    slab->vacant[place / 64] |= (uint64_t)1 << place % 64;
    slab->live--;
    if (slab != autograd_slab && (slab->live == SLAB_NODES / 2 || slab->live == 0)) autograd_slab_list(slab);
}

/* Make the objects of an extension type live in slabs; those of classes derived from it do not. How such an object gives
 * up its references and its place is told; others of the type go away as before. */
static destructor autograd_other_dealloc;
static void (*autograd_let_go)(PyObject *node);

static void autograd_node_dealloc(PyObject *node) {
    if (Py_TYPE(node) == autograd_node_type) autograd_let_go(node);
    else autograd_other_dealloc(node);
}

static inline void autograd_use_slabs(PyObject *type, void (*let_go)(PyObject *node)) {
    PyTypeObject *nodes = (PyTypeObject *)type;
    if (nodes->tp_basicsize > NODE_BYTES || PyType_HasFeature(nodes, Py_TPFLAGS_HEAPTYPE)) return;
    autograd_let_go = let_go;
    autograd_other_dealloc = nodes->tp_dealloc;
    autograd_node_type = nodes;
    nodes->tp_alloc = autograd_node_alloc;
    nodes->tp_dealloc = autograd_node_dealloc;
    nodes->tp_free = autograd_node_free;
}
#endif
