#!/usr/bin/env bash
# The images that the committed manifests name, those of executors too, one a line: ci/images.sh [DIR ...]
set -euo pipefail

[ $# -gt 0 ] || set -- rendered
if [ ! -d "$1" ]; then
    echo "error: there is no $1; \`sparkctl render\` makes it" >&2
    exit 1
fi
grep -rhoE --include='*.yaml' '^ *(- )?image: .+|spark\.kubernetes\.[a-z.]*container\.image=[^ ]+' -- "$@" |
    sed -E -e 's/^ *(- )?image: //' -e 's/^spark[^=]*=//' -e "s/^[\"']//" -e "s/[\"']\$//" |
    sort -u
