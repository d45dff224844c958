#!/usr/bin/env bash
# What a change does to all releases, as Markdown for a comment: ci/difference.sh BASE
# BASE is a commit or a branch. What applying it does comes first; each field is folded away below.
set -euo pipefail

base=$1
status=0
changes=$("${SPARKCTL:-sparkctl}" diff --base "$base" --format markdown) || status=$?
# With 1 there are errors in the layers, which the job `check` shows at their lines.
if [ "$status" -gt 1 ]; then
    echo 'error: sparkctl could not compare the project' >&2
    exit 2
fi

echo '<!-- sparkctl -->'
if [ -z "$changes" ]; then
    changes="The project cannot be rendered: see the job \`check\`."
fi
printf '%s\n' "$changes"
