"""The one form of an answer: a line a check, `ok` or `FAIL`, and a count at the end."""


class Tally:
    """Counts what passed and what failed, over all checks."""

    def __init__(self, write=print):
        self.passed = 0
        self.failed = 0
        self.write = write

    def of(self, check):
        """The report for one check."""
        return Report(self, check)

    def exit_status(self):
        """A run that judged nothing has not passed."""
        return 0 if self.passed and not self.failed else 1


class Report:
    """What one check says; `subject` is what was judged, such as `prod/connect`."""

    def __init__(self, tally, check):
        self.tally = tally
        self.check = check

    def ok(self, subject, detail=""):
        self.tally.passed += 1
        self._line("ok  ", subject, detail)

    def fail(self, subject, reason, words=""):
        """`words` are the judge's own, shown under the line."""
        self.tally.failed += 1
        self._line("FAIL", subject, reason)
        for line in _shortened(words):
            self.tally.write(f"       | {line}")

    def note(self, subject, words):
        """What is no verdict, but must be known to read one."""
        self._line("note", subject, words)

    def judge(self, subject, complaints, detail=""):
        """One line from a list of complaints: none is `ok`."""
        if complaints:
            plural = "" if len(complaints) == 1 else "s"
            self.fail(subject, f"{len(complaints)} complaint{plural}", "\n".join(complaints))
        else:
            self.ok(subject, detail)

    def refuses(self, subject, judge, good, broken):
        """One line for one judge; `judge` takes what `good` is and returns complaints.

        It passes if it has none about `good` and at least one about each of `broken`, by their names.
        """
        complaints = [f"refuses what is good: {words}" for words in judge(good)]
        complaints += [f"accepts: {name}" for name, bad in broken.items() if not judge(bad)]
        self.judge(subject, complaints, f"refuses: {', '.join(broken)}")

    def _line(self, verdict, subject, detail):
        self.tally.write(f"{verdict} {self.check}  {subject}  {detail}".rstrip())


def _shortened(words, most=40, longest=600):
    lines = words.strip().splitlines()
    for line in lines[:most]:
        yield line if len(line) <= longest else line[:longest] + " ..."
    if len(lines) > most:
        yield f"... and {len(lines) - most} lines more"
