#!/usr/bin/env bash
# What every change must pass: the layers make sense, and what is committed is what they render.
#   ci/check.sh [text|github] [options of render, such as --env prod]
set -euo pipefail

sparkctl=${SPARKCTL:-sparkctl}
format=${1:-text}
shift || true
# Findings that layers silence are held to their dates; sparkctl itself reads no clock.
today=$(date -u +%F)
status=0

"$sparkctl" check --layers --deny-warnings --today "$today" --format "$format" || status=$?
"$sparkctl" contract check --today "$today" --format "$format" || status=$?
"$sparkctl" render --check --deny-warnings --today "$today" --format "$format" "$@" || status=$?
if [ "$status" -eq 1 ]; then
    echo 'where files are stale: run sparkctl render, read what changed, commit it with the layers' >&2
fi
exit "$status"
