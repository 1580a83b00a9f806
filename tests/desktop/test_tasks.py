import threading
import time

import pyproj
import pytest
from PySide6.QtCore import QObject, QThread

from desktop.tasks import Task, Tasks
from layers.errors import CancelledError, LayersError


@pytest.fixture
def tasks(qapp):
    runner = Tasks()
    yield runner
    assert runner.shut_down(60_000)


def test_the_result_comes_on_the_gui_thread_and_the_work_runs_on_another(qtbot, tasks):
    seen = {}

    def work(progress):
        seen["work"] = threading.get_ident()
        return 42

    def done(value):
        seen["done"] = (value, threading.get_ident(), QThread.currentThread().isMainThread())

    tasks.start("Counting", work, done)
    qtbot.waitUntil(lambda: "done" in seen)
    assert seen["done"] == (42, threading.get_ident(), True)
    assert seen["work"] != threading.get_ident()
    assert not tasks.is_busy


def test_two_hundred_quick_tasks_lose_no_result(qtbot, tasks):
    results = []
    for i in range(200):
        tasks.start("Quick", lambda _, i=i: i, results.append)
    qtbot.waitUntil(lambda: len(results) == 200)
    assert sorted(results) == list(range(200))


def test_progress_is_shown_by_the_current_task(qtbot, tasks):
    go_on = threading.Event()

    def work(progress):
        progress(3, 10, "Reading rows")
        go_on.wait(60)

    tasks.start("Importing", work, lambda _: None)
    qtbot.waitUntil(lambda: tasks.current is not None and tasks.current.stage == "Reading rows")
    assert (tasks.current.label, tasks.current.done, tasks.current.total) == ("Importing", 3, 10)
    go_on.set()
    qtbot.waitUntil(lambda: not tasks.is_busy)
    assert tasks.current is None


def test_cancel_stops_the_work_at_its_next_progress_call(qtbot, tasks):
    errors, steps = [], []

    def work(progress):
        for i in range(2_000):
            progress(i, 2_000, "Working")
            steps.append(i)
            time.sleep(0.005)

    tasks.start("Long", work, lambda _: pytest.fail("must not be delivered"), errors.append)
    qtbot.waitUntil(lambda: len(steps) > 3)
    tasks.cancel()
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], CancelledError)
    assert len(steps) < 2_000


def test_work_that_may_not_be_stopped_runs_to_its_end(qtbot, tasks):
    results, started = [], threading.Event()

    def work(progress):
        started.set()
        time.sleep(0.05)
        progress(1, 1, "Saving")
        return "saved"

    tasks.start("Saving", work, results.append, cancellable=False)
    assert started.wait(60)
    tasks.cancel()
    qtbot.waitUntil(lambda: bool(results))
    assert results == ["saved"]


def test_an_unexpected_failure_nobody_takes_becomes_a_clear_sentence(qtbot, tasks):
    def work(progress):
        raise RuntimeError("GEOS went away")

    with qtbot.waitSignal(tasks.failed) as caught:
        tasks.start("Checking", work, lambda _: None)
    error = caught.args[0]
    assert isinstance(error, LayersError)
    assert "GEOS went away" in error.message
    assert error.hint


def test_a_clear_error_in_the_callback_is_reported_like_one_of_the_work(qtbot, tasks):
    def refuse(value):
        raise LayersError("The file is locked.", "Close the other program.")

    with qtbot.waitSignal(tasks.failed) as caught:
        tasks.start("Applying", lambda _: 1, refuse)
    assert caught.args[0].message == "The file is locked."


def test_a_deleted_owner_gets_nothing(qtbot, tasks):
    owner, called, release = QObject(), [], threading.Event()
    tasks.start("Preview", lambda _: release.wait(60), called.append, owner=owner)
    owner.deleteLater()
    qtbot.wait(20)
    with qtbot.waitSignal(tasks.idle):
        release.set()
    assert called == []


def test_what_pyproj_made_in_one_task_can_be_used_in_later_ones(qtbot, tasks):
    """On QThreadPool this was a segmentation fault (pyproj 3.7): the whole process died."""
    kept, results = [], []

    def work(progress):
        zone = pyproj.Transformer.from_crs(4326, 32601 + len(kept) % 60, always_xy=True)
        kept.append((pyproj.Proj(proj="stere", lat_0=len(kept) % 80, lon_0=20), zone))
        return [(plane(20, 45), transformer.transform(20, 45)) for plane, transformer in kept][-1]

    for _ in range(60):
        tasks.start("Projecting", work, results.append)
    qtbot.waitUntil(lambda: len(results) == 60)
    assert all(plane(20, 45) for plane, _ in kept)


def test_a_task_is_let_go_of_only_when_its_thread_has_left_it(qtbot, tasks, monkeypatch):
    """Deleted while its thread was still in the signal that told of the end, it crashed the program."""
    run, seen = Task.run, []

    def slow_to_leave(task):
        run(task)
        time.sleep(0.1)

    monkeypatch.setattr(Task, "run", slow_to_leave)
    task = tasks.start("Quick", lambda _: None, lambda _: seen.append(task.future.done()))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]
