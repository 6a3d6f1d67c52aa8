#!/bin/sh
# at_commit.sh ADDRESS COMMIT FOLDER
#   For the build of the image: the files of a git repository at one commit, named by all 40 digits. git rejects content that does not have this hash.
set -eu
case $2 in
    *[!0-9a-f]*) echo "at_commit.sh: not a commit: $2" >&2; exit 2 ;;
esac
[ ${#2} -eq 40 ] || { echo "at_commit.sh: not the 40 digits of a commit: $2" >&2; exit 2; }
mkdir -p "$3"
cd "$3"
git init --quiet
git -c protocol.version=2 fetch --quiet --depth 1 "$1" "$2"
git checkout --quiet --detach FETCH_HEAD
[ "$(git rev-parse HEAD)" = "$2" ] || { echo "at_commit.sh: $1 gave another commit than $2" >&2; exit 1; }
git fsck --no-dangling
rm -rf .git
