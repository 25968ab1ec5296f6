"""What the demo shows: events as lines, and one line of progress that is refreshed on a terminal."""

import shutil
import time


class Show:
    LIVE_INTERVAL, PLAIN_INTERVAL = 0.1, 1.0

    def __init__(self, stream):
        self.stream = stream
        self.live = stream.isatty()
        self.begin = time.monotonic()
        self.next = 0.0
        self.dirty = False

    def write(self, text):
        self.stream.write(text)
        self.stream.flush()

    def event(self, text):
        if self.dirty:
            self.write("\r\033[K")
            self.dirty = False
        self.write(f"{time.monotonic() - self.begin:7.2f} s  {text}\n")

    def progress(self, text):
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + (self.LIVE_INTERVAL if self.live else self.PLAIN_INTERVAL)
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self.write("\r\033[K" + f"           {text}"[:width])
            self.dirty = True
        else:
            self.event("  " + text)

    def plain(self, text=""):
        self.event(text) if self.dirty else None
        self.write(text + "\n")


def bar(part, width=24):
    full = min(width, max(0, int(part * width)))
    return "[" + "#" * full + "." * (width - full) + "]"
