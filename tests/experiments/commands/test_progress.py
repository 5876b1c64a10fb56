"""What a terminal shows of a run, and what --dry-run says of a plan."""

import io
from dataclasses import replace

import pytest
from kits.run import encodes
from rich.console import Console

from experiments.commands.progress import duration, plan_text, run_progress, state_text
from experiments.plan.cost import Speed
from experiments.run.runner import State
from experiments.run.schedule import Schedule
from experiments.run.speeds import known_speeds, remember_speeds
from experiments.run.store import RunFolder

STATE = State(96, 12, 0, 2, 2, 5400.0, 7200.0, 3600.0, False)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (7500, "2 h 05 min"),
        (100 * 3600, "4 d 4 h"),
    ],
)
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_a_state_in_words():
    assert state_text(STATE) == "2 running, 1.50 core-h, 60 min left"
    failed = replace(STATE, failed=3, is_rough=True)
    assert state_text(failed) == ("2 running, [red]3 failed[/red], 1.50 core-h, about 60 min left")
    assert state_text(replace(STATE, workers=0, wall_s_left=None)).startswith("waiting for workers")


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(terminal):
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=160, color_system=None)
    with run_progress("sweep", console) as show:
        show(STATE)
        show(replace(STATE, done=96))
    said = file.getvalue()
    assert said.startswith("12 of 96 points were finished before") or terminal
    assert "12 of 96 points were finished before" in said
    assert ("sweep: points" in said) == terminal


def test_a_plan_in_words(tmp_path):
    folder = RunFolder(tmp_path / "run")
    assert "rough, since no job" in plan_text(Schedule(encodes(2), folder))
    speeds = {
        "encode x265 fast LDP": Speed(1, 10000),
        "measure x265 fast LDP": Speed(1, 10000),
    }
    text = plan_text(Schedule(encodes(2), folder, speeds=speeds), cores=2)
    assert text.startswith("4 jobs: ")
    assert "on 2 cores, by the speed of earlier jobs" in text
    assert plan_text(Schedule([], folder)) == "nothing is left to do"


def test_speeds_are_remembered_and_fade(tmp_path):
    assert known_speeds(tmp_path) == {}
    remember_speeds({"encode a": Speed(2, 4)}, tmp_path)
    remember_speeds({"encode a": Speed(3, 9), "encode b": Speed(1, 1)}, tmp_path)
    assert known_speeds(tmp_path) == {"encode a": Speed(4, 11), "encode b": Speed(1, 1)}
    (tmp_path / "speeds.json").write_text('{"encode a": 3}')
    assert known_speeds(tmp_path) == {}
