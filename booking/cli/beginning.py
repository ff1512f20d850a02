"""Ctrl-C while the program is still being loaded, which takes a second: it ends at once, without a traceback.

Imported before the modules that take long; `over` gives Ctrl-C back to the commands.
"""

import signal
import threading

_before = signal.getsignal(signal.SIGINT)


def _may_listen() -> bool:
    """Tell whether signals are ours to direct: not in a thread, and not where Ctrl-C is ignored or used otherwise."""
    return threading.current_thread() is threading.main_thread() and _before is signal.default_int_handler


def over() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again."""
    if _may_listen():
        signal.signal(signal.SIGINT, _before)


if _may_listen():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
