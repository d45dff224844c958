"""What is rendered for a cluster and means nothing on this machine, and what stands in for it.

Every text that a process gets (command line, environment, mounted files) goes through here once,
and what was replaced is kept, so that a check can say what it did not prove.
"""

import re


class Replacements:
    """Rules in order of precedence; a text is gone through once, so no rule sees another's work."""

    def __init__(self):
        self._rules = []
        self.made = {}

    def copy(self):
        """The same rules, for one more container; what was replaced is kept in one place."""
        other = Replacements()
        other._rules = list(self._rules)
        other.made = self.made
        return other

    def property(self, key, value, why):
        """`key=value` of a properties file or of `--conf`, whatever the value is."""
        self._add(rf"(?<=^{re.escape(key)}=).*$", value, why)

    def xml_property(self, key, value, why):
        """The same of Hadoop's XML, as it is rendered."""
        name = f"<name>{key}</name>\n    <value>"
        self._add(rf"{re.escape(name)}[^<]*", name + value, why)

    def address(self, rendered, here, why):
        """A host with its port, or a host name of several parts."""
        self._add(rf"(?<![\w.-]){re.escape(rendered)}(?![\w-]|\.\w)", here, why)

    def path(self, rendered, here, why):
        """An absolute path and what is below it."""
        self._add(rf"(?:(?<![\w./-])|(?<=:///)|(?<=://)){re.escape(rendered)}(?![\w.-])", str(here), why)

    def port(self, rendered, here, why):
        """A port that stands alone, after a colon or an equals sign, or after `port`, `listen` or `<value>`."""
        self._add(rf"(?:(?<=[:=])|(?<=<value>)|(?<=port )|(?<=listen )|^){rendered}(?!\d)", str(here), why)

    def word(self, rendered, here, why):
        """Exactly this, wherever it stands."""
        self._add(re.escape(rendered), here, why)

    def note(self, rendered, here, why):
        """What is replaced, though in no text."""
        self.made.setdefault((rendered, here, why), []).append("all of it")

    def apply(self, text, where):
        """The text as this machine needs it; `where` is told with what was replaced."""
        if not self._rules:
            return text
        pattern = "|".join(f"(?P<r{index}>{rule[0]})" for index, rule in enumerate(self._rules))

        def replaced(match):
            _, here, why = self._rules[int(match.lastgroup[1:])]
            if match[0] != here:
                self.made.setdefault((match[0], here, why), []).append(where)
            return here

        return re.sub(pattern, replaced, text, flags=re.MULTILINE)

    def lines(self, directory):
        """One line for each reason, with what was replaced for it; `directory` is told as `$STAGE`."""
        reasons = {}
        for (rendered, here, why), places in self.made.items():
            rendered, here = (" ".join(text.split()) for text in (rendered, here))
            here = here.replace(str(directory), "$STAGE")
            where = ", ".join(dict.fromkeys(places))
            reasons.setdefault(why, []).append(f"{rendered} -> {here} in {where}")
        for why, made in reasons.items():
            yield f"replaced, {why}: {'; '.join(made)}"

    def _add(self, pattern, here, why):
        self._rules.append((pattern, here, why))
