"""Third parties' plugins that do harm when they are imported."""

from __future__ import annotations

GOOD = """
from desktop_app.api import Result, Tool, hookimpl

def run(images, params, run):
    return Result(image=images)

@hookimpl
def verilens_tools():
    return [Tool(id="{name}.keep", title="Keep", kind="restoration", summary="Keeps.", version="1.0", reach=0,
                 algorithm="{module}:run")]
"""

FATAL = {
    "ends the process": ("import os\nos._exit(0)", "ended the process with code 0"),
    "is killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    "aborts": ("import os\nos.abort()", "SIGABRT"),
    "never ends": ("while True: pass", "took more than"),
    "waits for ever": ("import threading\nthreading.Event().wait()", "took more than"),
}
"""What ends the process or does not end: source, and what is said of it."""

RAISING = {
    "exits": ("import sys\nsys.exit(3)", "SystemExit: 3"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "is out of memory": ("raise MemoryError", "MemoryError"),
    "recurses": ("def again(): again()\nagain()", "RecursionError"),
    "raises what is no Exception": ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
    "asks for input": ("input('name? ')", "EOFError"),
    "leaves a thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='stays').start()",
                        "stays"),
}
"""What raises, or is refused: source, and what is said of it."""

MEDDLING = {
    "prints": "print('noise')",
    "prints past sys.stdout": "import sys\nsys.__stdout__.write('noise')\nsys.__stdout__.flush()",
    "writes to the descriptor": "import os\nos.write(1, b'noise')",
    "prints in C": "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.puts(b'noise')\nlibc.fflush(None)",
    "prints in C at the end": "import ctypes\nctypes.CDLL(None).puts(b'noise')",
    "has a child print": "import subprocess\nsubprocess.run(['echo', 'noise'])",
    "prints at exit": "import atexit\natexit.register(print, 'noise')",
    "changes the folder": "import os\nos.chdir('/')",
    "changes the environment": "import os\nos.environ['VERILENS_HOME'] = '/nowhere'\nos.environ.pop('PATH', None)",
    "changes the filters": "import warnings\nwarnings.simplefilter('ignore')",
    "changes a signal": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
    "takes stdout": "import sys\nsys.stdout = None",
    "closes stdout": "import sys\nsys.stdout.close()\nsys.stderr.close()",
    "closes the descriptors": "import os\nos.close(1)\nos.close(2)",
    "takes the hooks": "import sys\nsys.excepthook = print\nsys.path.clear()\nsys.setrecursionlimit(150)",
    "changes torch": "import torch\ntorch.set_default_dtype(torch.float64)",
}
"""What works and meddles with what all code shares."""
