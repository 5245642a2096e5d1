"""What NumPy has and Tensors lack: for each function one line that says what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["REFUSED"]

_OF_DATA = "a count, a choice or a set has no derivative; ask the numbers: t.data"
_NO_NAN = "write the function without nan of t[~np.isnan(t.data)]"
_POLYNOMIALS = "write np.polyval for the values of a polynomial, np.convolve for a product of two"
#: By what to write, the functions of NumPy that ask for it.
_LINES: dict[str, tuple[Callable[..., Any], ...]] = {
    "its derivative is not defined where two of the values are equal; write norm, trace, det, solve or cholesky, "
    "or give the derivative with custom_derivative": (
        *(np.linalg.svd, np.linalg.eigh, np.linalg.eig, np.linalg.eigvalsh, np.linalg.eigvals, np.linalg.svdvals),
    ),
    "write solve(A.T @ A, A.T @ b) for least squares": (np.linalg.qr, np.linalg.pinv, np.linalg.lstsq),
    "write solve(V.T @ V, V.T @ y) with V = np.vander(x, degree + 1)": (np.polyfit,),
    "write t[:, None] ** np.arange(n)[::-1]": (np.vander,),
    "its result is complex and the engine is real; write products with the matrices of cosines and sines": tuple(
        each for name, each in vars(np.fft).items() if name.strip("ir2n") in ("fft", "hfft", "hff")
    ),
    "write np.roll by half the length": (np.fft.fftshift, np.fft.ifftshift),
    "the graph is immutable; write where(mask, values, t), np.ones(shape) * t to fill an array, or set t.data": (
        *(np.put, np.copyto, np.place, np.putmask, np.fill_diagonal, np.put_along_axis),
    ),
    "the engine is real; give the real and the imaginary part as two Tensors": (np.imag, np.angle, np.sort_complex),
    "it calls a Python function for each number or row; write the function of whole arrays, with np.where": (
        *(np.piecewise, np.apply_along_axis, np.apply_over_axes),
    ),
    "write d = t - t.mean(1, keepdims=True), then d @ d.T / (n - 1)": (np.cov,),
    "write d = t - t.mean(1, keepdims=True), d = d / np.linalg.norm(d, axis=1, keepdims=True), then d @ d.T": (
        np.corrcoef,
    ),
    'write np.convolve(t, v[::-1], "valid")': (np.correlate,),
    "write np.where of the straight lines": (np.interp,),
    "write np.concatenate of the parts": (np.insert, np.block),
    "write A @ A @ A": (np.linalg.matrix_power, np.linalg.multi_dot),
    "write np.linalg.solve of a.reshape(n, n)": (np.linalg.tensorsolve, np.linalg.tensorinv),
    "write np.select, or t[indices] of the stacked ones": (np.choose,),
    "write np.diff(t.reshape(-1))": (np.ediff1d,),
    "write 10.0 ** np.linspace(a, b, n)": (np.logspace,),
    "write np.exp(np.linspace(np.log(a), np.log(b), n))": (np.geomspace,),
    "its jumps have derivative 0; write t + (np.unwrap(t.data) - t.data)": (np.unwrap,),
    "write np.save(file, t.data)": (np.save, np.savez, np.savez_compressed, np.savetxt),
    _NO_NAN: (*(np.nanmax, np.nanmin, np.nanstd, np.nanvar, np.nanmedian, np.nanquantile, np.nanpercentile),),
    "write the function without nan of np.where(np.isnan(t.data), 0.0, t)": (np.nancumsum,),
    "write the function without nan of np.where(np.isnan(t.data), 1.0, t)": (np.nanprod, np.nancumprod),
    _POLYNOMIALS: (*(np.poly, np.polyadd, np.polysub, np.polymul, np.polydiv, np.polyder, np.polyint, np.roots),),
    _OF_DATA: (
        *(np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values, np.bincount, np.trim_zeros),
        *(np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges, np.intersect1d, np.union1d),
        *(np.setdiff1d, np.setxor1d, np.linalg.cond, np.ix_, np.einsum_path),
    ),
}
#: By NumPy's function, what to write instead; a page of the docs says more.
REFUSED: dict[Any, str] = {each: line for line, functions in _LINES.items() for each in functions}
