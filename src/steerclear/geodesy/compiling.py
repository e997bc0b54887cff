"""How the kernels are compiled, and how the result is kept between processes.

Kernels run without the interpreter lock, without Python's error checks (but for those of `checked_kernel`), and without
any licence to reorder or fuse floating-point operations, so that the same formula gives the same bits wherever it is
inlined. Only the filter, which decides nothing, may fuse.
The compiled code is kept beside the sources (or where NUMBA_CACHE_DIR says, or in the user's cache directory). numba by
itself keeps a kernel until its own file changes, although code of other files is compiled into it; here every kernel
is kept until any source of the rooms that have kernels changes. Where nothing can be kept, kernels still work,
compiled anew in each process. Reading those sources is this room's one look at a file.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@cache
def sources_digest() -> str:
    """Return a digest of every source that kernels are compiled from."""
    digest = hashlib.sha256()
    house = Path(__file__).parents[1]
    for room in ("separation", "geodesy", "strategic", "tactical"):
        for source in sorted((house / room).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _compiled(
    function: Kernel, fastmath: bool | set[str], *, inner: bool = False, error_model: str = "numpy"
) -> Kernel:
    compiler: Any = njit(  # type: ignore[call-overload]
        nogil=True, error_model=error_model, fastmath=fastmath, no_cfunc_wrapper=True, no_cpython_wrapper=inner
    )
    dispatcher: Any = compiler(function)
    try:
        dispatcher.enable_caching()
        dispatcher._cache._cache_file._source_stamp = sources_digest()
    except (RuntimeError, OSError, AttributeError):
        # No writable place, no readable sources, or another numba: an uncached kernel is slow once, never stale.
        dispatcher = compiler(function)
    return cast(Kernel, dispatcher)


def kernel(function: Kernel) -> Kernel:
    """Compile an exact kernel."""
    return _compiled(function, False)


def checked_kernel(function: Kernel) -> Kernel:
    """Compile an exact kernel in which a division by zero is an error, as in Python."""
    return _compiled(function, False, error_model="python")


def inner_kernel(function: Kernel) -> Kernel:
    """Compile an exact kernel that only kernels call: the way in from Python costs time to compile and is left out."""
    return _compiled(function, False, inner=True)


def inlined(function: Kernel) -> Kernel:
    """Compile a kernel into each of its callers: where handing over the arguments would cost more than the work."""
    return cast(Kernel, njit(nogil=True, error_model="numpy", inline="always")(function))


def filter_kernel(function: Kernel) -> Kernel:
    """Compile a kernel of the filter, which may fuse multiplication and addition and ignore the sign of zero."""
    return _compiled(function, {"contract", "nsz"})
