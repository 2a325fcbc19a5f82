"""The loop closed: what people decide of the example application teaches the model a weakness that it was not trained on.

    python loop.py DATA ASSIZE [--model FOLDER] [--steps N] [--work FOLDER]

DATA is what `corpus.py` wrote; Bandit has to be on the path. `examples/shop/service` reaches another machine by SSH and takes any
key for its; a copy gets eight more files that do. Bandit reports each (B507), and the model mends none. A person at the
workstation confirms the eight and mends them by hand, and the next scan finds them gone. `assize export --format sft` makes a
batch of that, `finetune.py` goes on training on it, and `assize model add` and `model use` put what came of it in place. It ends
with 1 unless the model then proposes for `jobs/notify.py`, which it was never shown, the right remedy and the product calls it
sound, and unless what it gets right of the held-out cases has fallen by no more than five in a hundred.
"""

import argparse
import fcntl
import json
import os
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

import evaluate
import finetune

ROOT = Path(__file__).resolve().parents[2]
UNSEEN = "service/jobs/notify.py"
SHOWN = "service/machines"
FLAW, FIX = "{}.set_missing_host_key_policy(paramiko.AutoAddPolicy())", "{}.set_missing_host_key_policy(paramiko.RejectPolicy())"
# As the people of the shop reach other machines: the file's name, its function, and what is set there.
ADDED = [
    ("partners", ["def partner(host):", "    client = paramiko.SSHClient()", "    {}", "    client.connect(host)", "    return client"], "client"),
    ("labels", ["def printer(settings):", "    ssh = paramiko.SSHClient()", "    ssh.load_system_host_keys()", "    {}", "    return ssh"], "ssh"),
    ("backup", ["def store(path, host):", "    with paramiko.SSHClient() as shell:", "        {}", "        shell.connect(host)", "        shell.open_sftp().put(path, path)"], "shell"),
    ("stock", ["class Stock:", "    def open(self, host, user):", "        self.client = paramiko.SSHClient()", "        {}", "        self.client.connect(host, username=user)"], "self.client"),
    ("returns", ["def fetch(host, name):", "    conn = paramiko.SSHClient()", "    {}", "    conn.connect(host, timeout=5)", "    return conn.open_sftp().file(name).read()"], "conn"),
    ("invoices", ["def session(address):", "    if not address:", "        return None", "    s = paramiko.SSHClient()", "    {}", "    return s"], "s"),
    ("couriers", ["def reach(courier):", "    client = courier.client or paramiko.SSHClient()", "    {}", "    client.connect(courier.host)"], "client"),
    ("suppliers", ["def trusting(client):", "    {}", "    return client"], "client"),
]
# By how much of a hundred held-out cases it may get fewer right.
MOST_FALL = 5


def written(path: Path, lines: list[str], statement: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    code = "\n".join(lines).replace("{}", statement)
    path.write_text(f'"""Reaches other machines."""\n\nimport paramiko\n\n\n{code}\n')


def shown(tree: Path, form: str) -> None:
    for name, lines, client in ADDED:
        written(tree / SHOWN / f"{name}.py", lines, form.format(client))


class Product:
    def __init__(self, program: str, work: Path):
        self.program, self.work = program, work

    def run(self, *words: str) -> list[dict]:
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.work / "settings")}
        done = subprocess.run([self.program, *words, "--json"], cwd=self.work, env=env, capture_output=True, text=True)
        if done.returncode not in (0, 4):
            raise SystemExit(f"assize {' '.join(words)}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def confirm(self, filter: str, wanted: int) -> None:
        """A person at the workstation, since a verdict without code on screen is none to train on: `a` for each case."""
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.work / "settings"), "TERM": "xterm-256color"}
        child, screen = pty.fork()
        if child == 0:
            os.chdir(self.work)
            os.execve(self.program, [self.program, "triage", filter], env)
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        told, given, asked, ends = b"", 0, -1, time.monotonic() + 300
        while given < wanted and time.monotonic() < ends:
            if select.select([screen], [], [], 0.5)[0]:
                told += os.read(screen, 65536)
                continue
            # The screen is still: what was decided so far says which key is next.
            given = len(self.run("cases", "is:settled verdict:confirmed", "--limit", "1000"))
            if given != asked and b"set_missing_host_key_policy" in told:
                asked = given
                os.write(screen, b"a")
        os.write(screen, b"q")
        while select.select([screen], [], [], 2)[0]:
            try:
                if not os.read(screen, 65536):
                    break
            except OSError:
                break
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        if given < wanted:
            raise SystemExit(f"{given} of {wanted} cases were confirmed")

    def scan(self) -> None:
        (told,) = self.run("scan", "tree", "--source", "tree", "--project", "shop", "--scanner", "bandit")[0]["scanners"]
        if told["result"] != "imported":
            raise SystemExit(f"bandit: {told}")

    def cases(self) -> dict[str, str]:
        """The cases of the weakness by their files."""
        return {case["path"]: case["case"] for case in self.run("cases", "is:open cwe:295", "--limit", "1000") if "B507" in case["rules"]}

    def mends(self, case: str) -> list[dict]:
        return [line for line in self.run("propose", case) if line.get("origin") == "model" and line["sound"] == "yes"]


def right(folder: Path, data: Path, most: int) -> float:
    """Of a hundred held-out cases, how many the first answer of a model gets right."""
    model = finetune.loaded(folder)
    model.eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rows = [row for line in (data / "test.jsonl").open() if (row := json.loads(line))["split"] in ("package", "variant", "real") and row["answer"] != "="]
    rows = random.Random(0).sample(rows, min(most, len(rows)))
    good = 0
    for row in rows:
        row["answers"] = evaluate.answers(model, tokenizer, row)
        good += evaluate.judge(row, finetune.sure(folder) or 0)["kinds"][:1] == ["right"]
    return 100 * good / len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Teaches the model a weakness by what people decide, from end to end.")
    parser.add_argument("data", type=Path)
    parser.add_argument("assize")
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "models" / "mender")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--most", type=int, default=150, help="held-out cases")
    parser.add_argument("--work", type=Path, help="where, instead of a folder that is gone afterwards")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as aside:
        work = asked.work or Path(aside)
        (work / "settings" / "assize").mkdir(parents=True)
        (work / "settings" / "assize" / "config.toml").write_text("ask_reason = false\n\n[scanner.semgrep]\non = false\n")
        tree = work / "tree"
        shutil.copytree(ROOT / "examples" / "shop" / "service", tree / "service")
        shown(tree, FLAW)
        product = Product(shutil.which(asked.assize) or str(Path(asked.assize).resolve()), work)
        product.scan()
        product.run("model", "add", str(asked.model.resolve()), "--name", "before")
        product.run("model", "use", "before")
        cases = product.cases()
        unseen = cases.pop(UNSEEN)
        print(f"{len(cases)} cases to show, and {UNSEEN}, which is not shown", flush=True)
        if len(cases) != len(ADDED) or product.mends(unseen):
            raise SystemExit("the model is to mend none of them, and all are to be reported")

        product.confirm(f"is:open path:{SHOWN}", len(cases))
        shown(tree, FIX)
        product.scan()
        (batch,) = product.run("export", "batch", "--format", "sft", "--validation", "0", "--test", "0", "--override", "a loop that is tried")
        print(f"a batch of {batch['rows']} pairs", flush=True)
        subprocess.run(
            [sys.executable, Path(__file__).with_name("finetune.py"), work / "batch", asked.model, work / "taught", "--steps", str(asked.steps), "--replay", asked.data],
            check=True,
        )
        product.run("model", "add", "taught", "--name", "taught")
        product.run("model", "use", "taught")
        mended = product.mends(unseen)
        print("\n".join(line["diff"] for line in mended) or f"{UNSEEN} is not mended", flush=True)

        before, after = (right(folder, asked.data, asked.most) for folder in (asked.model, work / "taught"))
        print(f"of a hundred held-out cases right: {before:.1f} before, {after:.1f} after")
        if not any("+    " + FIX.format("client") in line["diff"] for line in mended) or after < before - MOST_FALL:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
