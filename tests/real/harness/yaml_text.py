"""Strings in YAML that nobody misreads: the tests' own writer, so that no emitter judges itself."""


def quoted(text):
    """A double-quoted scalar in which everything but plain ASCII is escaped.

    Not JSON: its surrogate pairs are no YAML.
    """
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character):
    code = ord(character)
    if 0x20 <= code < 0x7F and character not in '"\\':
        return character
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def namespace(annotations):
    """A Namespace with these annotations, as bytes."""
    lines = ["apiVersion: v1", "kind: Namespace", "metadata:", "  name: nasty", "  annotations:"]
    lines += [f"    {key}: {quoted(value)}" for key, value in annotations.items()]
    return ("\n".join(lines) + "\n").encode()
