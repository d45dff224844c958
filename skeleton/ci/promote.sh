#!/usr/bin/env bash
# Moves what an environment follows, the branch env/ENVIRONMENT, to a commit that is proven elsewhere.
#   ci/promote.sh FROM TO     FROM is `main`, or an environment that was promoted to before
#
# Argo CD or Flux of each environment follow its branch, never main. Nothing is rendered here: what was
# reviewed on main is what arrives. A branch only ever moves forward; to take a change back, revert it on
# main and promote that.
set -euo pipefail

from=$1 to=$2
main=${MAIN_BRANCH:-main}
name='^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'
if ! [[ $from =~ $name && $to =~ $name ]] || [ "$from" = "$to" ] || [ "$to" = main ]; then
    echo "error: cannot promote from \`$from\` to \`$to\`: name main or an environment, then an environment" >&2
    exit 2
fi
source=env/$from
[ "$from" != main ] || source=$main
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

git fetch --quiet origin "+refs/heads/$main:refs/remotes/origin/$main"
if ! git fetch --quiet origin "+refs/heads/$source:refs/remotes/origin/$source"; then
    echo "error: there is no branch $source yet: promote to $from first" >&2
    exit 1
fi
commit=$(git rev-parse --verify "refs/remotes/origin/$source^{commit}")
if ! git merge-base --is-ancestor "$commit" "refs/remotes/origin/$main"; then
    echo "error: $source is at $commit, which is not on $main: nobody reviewed it there" >&2
    exit 1
fi
# Judged as it lies in that commit, not as it lies here.
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
git worktree add --quiet --detach "$tree" "$commit"
(cd "$tree" && bash "$here/check.sh" text --env "$to")
git push origin "$commit:refs/heads/env/$to"
echo "env/$to is at $commit"
