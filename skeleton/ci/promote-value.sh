#!/usr/bin/env bash
# Takes a value that is proven in one environment over into the layer of another one, on a branch for review.
#   ci/promote-value.sh PATH FROM TO [options of `sparkctl promote`, such as --release=connect]
#
# Prints the branch that was pushed; nothing where TO has the value already. With the layer the manifests are
# rendered anew, so that the branch passes ci/check.sh. Where REQUEST=gitlab, GitLab is asked to open a merge request.
set -euo pipefail

path=$1 from=$2 to=$3
shift 3
sparkctl=${SPARKCTL:-sparkctl}
main=${MAIN_BRANCH:-main}
name='^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'
if ! [[ $from =~ $name && $to =~ $name ]] || [ "$from" = "$to" ] || [[ -z $path || $path = -* ]]; then
    echo "error: cannot promote \`$path\` from \`$from\` to \`$to\`: name a path, and two environments" >&2
    exit 2
fi
slug=$(printf '%s' "$path" | tr -c 'A-Za-z0-9' '-')
branch=promote/$to/${slug:0:60}

git fetch --quiet origin "+refs/heads/$main:refs/remotes/origin/$main"
git switch --quiet --force-create "$branch" "refs/remotes/origin/$main"
"$sparkctl" promote "$path" --from "$from" --to "$to" "$@" >&2
"$sparkctl" render >&2
git add --all
if git diff --cached --quiet; then
    echo "$to has \`$path\` of $from already" >&2
    exit 0
fi
git commit --quiet --message "Promote $path from $from to $to"
options=()
if [ "${REQUEST:-}" = gitlab ]; then
    options=(-o merge_request.create -o "merge_request.target=$main" -o merge_request.remove_source_branch)
fi
# The branch is this script's own: what it pushed before and nobody merged is replaced.
git push --quiet --force "${options[@]}" origin "HEAD:refs/heads/$branch" >&2
echo "$branch"
