#!/usr/bin/env bash
# What a change does to the rendered manifests, as Markdown for a comment: ci/difference.sh BASE [DIR ...]
# BASE is a commit or a branch; without DIR: rendered and charts.
set -euo pipefail

base=$1
shift
[ $# -gt 0 ] || set -- rendered charts
# A comment holds 65,536 characters; escaping makes them more.
most=40000

changes=$(mktemp)
trap 'rm -f "$changes"' EXIT
# Locks hold digests of what was read: of no use to a reader.
git diff --no-color --no-ext-diff "$base...HEAD" -- "$@" ':(exclude)*.sparkctl.lock' >"$changes"

echo '<!-- sparkctl -->'
if [ ! -s "$changes" ]; then
    echo 'The rendered manifests stay as they are.'
    exit 0
fi
# Inside <pre> only these three mean something, so that no manifest can end it.
escape() { sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'; }

echo 'What this changes in the rendered manifests:'
echo
echo '<pre>'
git diff --no-color --no-ext-diff --stat=100 "$base...HEAD" -- "$@" ':(exclude)*.sparkctl.lock' | escape
echo '</pre>'
echo
echo '<details><summary>line by line</summary>'
echo
echo '<pre lang="diff">'
# No character of several bytes is cut in two.
head -c "$most" "$changes" | iconv -c -f UTF-8 -t UTF-8 | escape
echo '</pre>'
echo
echo '</details>'
if [ "$(wc -c <"$changes")" -gt "$most" ]; then
    echo
    echo "Only the beginning fits here; all of it: \`git diff $base...HEAD -- $*\`."
fi
