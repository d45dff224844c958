"""One file a check; `check(session, report)` in each."""
