"""What the pipeline costs on top of the codecs' own processes, on the demo's experiment.

    python benchmarks/overhead.py [--experiment FILE]

Runs the experiment afresh with one job at a time and adds up CPU seconds (user and system) of
this process and all its children. Encoders and decoders are what any such study has to run; the
rest (scaling, header traces, PSNR, MD5, Python, report) is ours.
"""

import argparse
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

from codecpipe.programs.process import ToolProcess, ToolRun
from experiments.rd import plan_experiment, run_experiment
from experiments.run.cluster import Workers
from experiments.shipped.find import DEMO, clip_folder

kinds: Counter[str] = Counter()


def kind_of(command: tuple[str, ...]) -> str:
    """What a child process was for, by its command line."""
    if "-vcodec" in command:
        return "encoders"
    if any("trace_headers" in part for part in command):
        return "header traces"
    if any(part.startswith("[0]scale") or "]scale=" in part for part in command):
        return "scaling"
    return "decoders"


def watched(finish: object) -> object:
    def finished(self: ToolProcess) -> ToolRun:
        fresh = self.run is None
        run = finish(self)  # type: ignore[operator]
        if fresh:
            kinds[kind_of(run.command)] += run.cpu_s
        return run

    return finished


def cpu_s() -> float:
    return sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiment", type=Path, help="default: the demo's")
    path = parser.parse_args().experiment
    text = (path or DEMO).read_text(encoding="utf-8")
    base = path.parent if path else clip_folder()
    ToolProcess.finish = watched(ToolProcess.finish)  # type: ignore[method-assign, assignment]
    plan = plan_experiment(text, str(path or DEMO), base)
    started, before = time.monotonic(), cpu_s()
    with tempfile.TemporaryDirectory() as folder:
        out, workers = Path(folder) / "run", Workers(jobs=1)
        run_experiment(plan, out, command_line="benchmark", workers=workers)
    total = cpu_s() - before
    wall = time.monotonic() - started
    ours = total - kinds["encoders"] - kinds["decoders"]
    print(f"{len(plan.encodes)} files, {wall:.1f} s wall with one job, {total:.1f} s CPU in all")
    for kind, seconds in kinds.most_common():
        print(f"  {kind:14} {seconds:8.2f} s CPU  {100 * seconds / total:5.1f} %")
    python = total - sum(kinds.values())
    print(f"  {'Python':14} {python:8.2f} s CPU  {100 * python / total:5.1f} %")
    print(f"on top of the codecs: {100 * ours / total:.1f} % of the CPU time")


if __name__ == "__main__":
    main()
