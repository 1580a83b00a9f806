"""Background work: progress, cancel, and the result delivered on the GUI thread."""

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from layers.errors import CancelledError, LayersError
from layers.progress import Progress

T = TypeVar("T")
log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.05
_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="task")
"""Python threads that live as long as the process. On threads of QThreadPool every call gets a new Python
thread state; pyproj 3.7 frees its context with it, and what it made there crashes when it is used again."""


class _Manners:
    """Keeps the window quick while work runs on other threads, and after it.

    Full garbage collections stop every thread: among the short-lived tuples of a large import each took
    200 ms, with 100,000 findings in memory 400 ms. They are put off while work runs. What is there when it
    ends is set aside for good: values have no cycles, they go when nobody holds them any more. What has
    become garbage in cycles is looked for when the next work begins, among the little that has come since.

    And the window's thread asks for the interpreter again after every call into Qt, numpy or shapely; it gets
    it sooner.
    """

    _NEVER = 1_000_000
    _SWITCH_S = 0.0002

    def __init__(self) -> None:
        self._running = 0
        self._has_set_aside = False
        self._usual = gc.get_threshold()
        self._interval = sys.getswitchinterval()

    def begin(self) -> None:
        """Begin a piece of work."""
        self._running += 1
        if self._running == 1:
            # Not `gc.get_freeze_count()`: it counts them one by one, 25 ms with 100,000 findings.
            if self._has_set_aside:  # else the program has just started
                gc.collect()
            self._usual = gc.get_threshold()
            gc.set_threshold(*self._usual[:2], self._NEVER)
            self._interval = sys.getswitchinterval()
            sys.setswitchinterval(self._SWITCH_S)

    def end(self) -> None:
        """End a piece of work."""
        self._running -= 1
        if not self._running:
            gc.freeze()
            self._has_set_aside = True
            gc.set_threshold(*self._usual)
            sys.setswitchinterval(self._interval)


_manners = _Manners()


@dataclass(frozen=True, slots=True)
class _Call:
    """What to do, and whom to tell."""

    work: Callable[[Progress], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None] | None
    owner: QObject | None


_NOTHING = _Call(lambda _: None, lambda _: None, None, None)


class Task(QObject):
    """One piece of background work, as handed back by `Tasks.start`."""

    progressed = Signal(int, int, str)
    """done, total, stage; emitted on the GUI thread, at most twenty times a second."""

    _ended = Signal(object, object)

    def __init__(self, label: str, call: "_Call", *, cancellable: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.label = label
        self.cancellable = cancellable
        self.call = call
        self.future: Future[None] | None = None
        self.done = 0
        self.total = 0
        self.stage = ""
        self._stop = threading.Event()
        self._reported_at = 0.0
        self._reported_stage = ""

    def cancel(self) -> None:
        """Ask the work to stop at its next progress call; does nothing when it may not be stopped."""
        if self.cancellable:
            self._stop.set()

    @property
    def is_cancelling(self) -> bool:
        """True once `cancel` was asked for."""
        return self._stop.is_set()

    def run(self) -> None:
        """Do the work; called on a pool thread."""
        result: Any = None
        error: Exception | None = None
        try:
            self._report(0, 0, "")
            result = self.call.work(self._report)
        except Exception as caught:  # noqa: BLE001  # the one door: whatever fails must reach the GUI thread
            error = caught
        self._ended.emit(result, error)

    def _report(self, done: int, total: int, label: str) -> None:
        if self._stop.is_set():
            raise CancelledError
        now = time.monotonic()
        if now - self._reported_at >= _REPORT_EVERY_S or label != self._reported_stage:
            self._reported_at, self._reported_stage = now, label
            self.progressed.emit(done, total, label)


class Tasks(QObject):
    """Runs plain functions `work(progress) -> value` off the GUI thread.

    Callbacks and signals always come on the GUI thread. An exception goes to the task's own `failed`
    callback, or, where it has none, to the signals `failed` and `cancelled`, which the window shows.
    """

    changed = Signal()
    """What is running, or how far it is, has changed: read `current`."""
    failed = Signal(object)
    """A `LayersError` that no callback took."""
    cancelled = Signal(str)
    """The label of a task that was stopped and had no callback for it."""
    idle = Signal()
    """Nothing is running any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Task] = []

    @property
    def current(self) -> Task | None:
        """The task to show: the one started last that still runs."""
        return self._running[-1] if self._running else None

    @property
    def is_busy(self) -> bool:
        """True while anything runs."""
        return bool(self._running)

    def start(
        self,
        label: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        cancellable: bool = True,
        owner: QObject | None = None,
    ) -> Task:
        """Run `work` on a thread.

        Parameters
        ----------
        label : str
            What the user reads while it runs, e.g. "Checking".
        work : callable
            Takes a `Progress`; must not touch Qt.
        done : callable
            Gets the value, on the GUI thread.
        failed : callable, optional
            Gets the exception instead (also `CancelledError`), on the GUI thread.
        cancellable : bool
            False for work that must run to its end, such as a commit.
        owner : QObject, optional
            When it has been deleted meanwhile, nothing is called any more.
        """
        task = Task(label, _Call(work, done, failed, owner), cancellable=cancellable, parent=self)
        self._running.append(task)
        _manners.begin()
        # Connected before the start: results of quick work were lost otherwise (FACTS).
        task.progressed.connect(lambda n, total, stage: self._on_progress(task, n, total, stage))
        task._ended.connect(lambda value, error: self._on_end(task, value, error))
        self.changed.emit()
        task.future = _POOL.submit(task.run)
        return task

    def cancel(self) -> None:
        """Stop the task that is shown; the others go on."""
        if self.current is not None:
            self.current.cancel()
            self.changed.emit()

    def cancel_all(self) -> None:
        """Stop everything that may be stopped."""
        for task in self._running:
            task.cancel()

    def shut_down(self, timeout_ms: int = 30_000) -> bool:
        """Stop what may be stopped and wait for the rest; True when nothing runs any more."""
        self.cancel_all()
        futures = [task.future for task in self._running if task.future is not None]
        return not wait(futures, timeout_ms / 1000).not_done

    def _on_progress(self, task: Task, done: int, total: int, stage: str) -> None:
        task.done, task.total, task.stage = done, total, stage
        self.changed.emit()

    def _on_end(self, task: Task, value: Any, error: Exception | None) -> None:
        owner = task.call.owner
        self._running.remove(task)
        _manners.end()
        if task.future is not None:
            wait([task.future])  # its thread may still be in the emit that told: deleted there, it crashes
        task.deleteLater()
        try:
            if owner is None or isValid(owner):
                if error is None:
                    error = _deliver(task.call.done, value)
                if error is not None:
                    self._on_error(task, error)
        finally:
            task.call = _NOTHING  # a closed dialog must not live on in what it had asked for
            self.changed.emit()
            if not self._running:
                self.idle.emit()

    def _on_error(self, task: Task, error: Exception) -> None:
        if not isinstance(error, LayersError):
            log.error("task %r failed", task.label, exc_info=error)
        if task.call.failed is not None:
            task.call.failed(error)
        elif isinstance(error, CancelledError):
            self.cancelled.emit(task.label)
        else:
            self.failed.emit(as_layers_error(error, task.label))


def _deliver(done: Callable[[Any], None], value: Any) -> LayersError | None:
    """Hand the value over; a clear error on the way (a refused commit) counts as the task's own."""
    try:
        done(value)
    except LayersError as error:
        return error
    return None


def as_layers_error(error: Exception, label: str = "") -> LayersError:
    """Return `error` as something a person can read."""
    if isinstance(error, LayersError):
        return error
    text = str(error).strip() or type(error).__name__
    return LayersError(
        f"The program met something it did not expect: {text}.",
        "Nothing was changed. The details are in the program's log (Help, Show the log).",
        where=label,
    )
