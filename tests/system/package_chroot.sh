#!/usr/bin/env bash
# The Debian package on a bare Debian 12: debootstrap makes one, apt installs the package with what it
# depends on and nothing else, and the quickstart's scenario passes in it, run by an ordinary user.
#
#   package_chroot.sh GAMEDAY     GAMEDAY: the program in its build folder
#
# Needs root and a Debian mirror (that of this machine's apt). Everything is in one scratch folder, and
# mounts are in a namespace of their own: nothing is left, however this ends.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export GAMEDAY=$1
missing() {
    echo "package_chroot: $1"
    [ -n "${CI:-}" ] && exit 1
    exit 77
}
[ "$(id -u)" = 0 ] || missing "not root"
command -v debootstrap >/dev/null || missing "debootstrap is not here"

# In this namespace mounts and processes end with the script.
if [ -z "${PACKAGE_CHROOT:-}" ]; then
    PACKAGE_CHROOT=$(mktemp -d /var/tmp/gameday-chroot-XXXXXX)
    export PACKAGE_CHROOT
    trap 'rm -rf --one-file-system "$PACKAGE_CHROOT"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
    exit
fi

root=$PACKAGE_CHROOT/debian
step() { # title, command: its output only when it fails
    local title=$1 started=$SECONDS
    shift
    "$@" >"$PACKAGE_CHROOT/log" 2>&1 || {
        echo "package_chroot: $title failed"
        tail -n 30 "$PACKAGE_CHROOT/log"
        exit 1
    }
    echo "$title: $((SECONDS - started)) s"
}
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"; }
# shellcheck disable=SC2016 # dpkg-query's own
installed() { inside dpkg-query -W -f '${Package}\n' | sort; }

# The first mirror in apt's files, of either format.
mirror=$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb( +\[[^]]*\])? +([^ ]+).*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
mirror=${mirror:-http://deb.debian.org/debian}

step "the package" "$here/package.py" --keep "$PACKAGE_CHROOT/gameday.deb"
step "a bare Debian 12 from $mirror" debootstrap --variant=minbase bookworm "$root" "$mirror"
mount -t proc proc "$root/proc"
cp "$PACKAGE_CHROOT/gameday.deb" "$root/root/"
installed >"$PACKAGE_CHROOT/before"
step "apt-get install ./gameday.deb" inside apt-get install -qy --no-install-recommends /root/gameday.deb
installed >"$PACKAGE_CHROOT/after"
added=$(comm -13 "$PACKAGE_CHROOT/before" "$PACKAGE_CHROOT/after" | tr '\n' ' ')
echo "installed: $added"
[[ $added =~ ^(gameday |lib[^ ]* )+$ ]] || {
    echo "package_chroot: more than libraries was installed"
    exit 1
}

inside useradd --create-home user
as_user() { inside setpriv --reuid user --regid user --init-groups env HOME=/home/user sh -c "cd && $1"; }
as_user "gameday --version"
as_user "gameday run region_outage"
as_user "test -s gameday-runs/*/report.html"
step "apt-get remove" inside apt-get purge -qy gameday
left=$(inside find /usr /etc /var/lib /var/cache -name '*gameday*')
[ -z "$left" ] || {
    echo "package_chroot: the package left $left"
    exit 1
}
echo "1 passed, 0 failed"
