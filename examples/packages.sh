# Installs what is missing of the Debian packages named, aloud and only then.
# Sourced by examples/quickstart.sh, tests/run.sh and the other examples; not run by itself.
#
# install_packages PACKAGE...   needs root (or sudo) only when something is missing

build_packages='g++ cmake ninja-build ccache libboost1.81-dev nlohmann-json3-dev libcli11-dev
    libfmt-dev libssl-dev libvalijson-dev libpq-dev libhiredis-dev
    pkg-config libnl-3-dev libnl-route-3-dev libnl-nf-3-dev'
test_packages='catch2 git python3 curl openssl ca-certificates procps etcd-server etcd-client nginx-light
    postgresql redis-server redis-tools haproxy nftables iproute2 iputils-ping iperf3 wrk dnsmasq-base bind9-dnsutils
    qemu-system-x86 busybox-static kmod cpio xz-utils clang libclang-rt-14-dev llvm
    dpkg-dev groff-base zsh debootstrap libxml2-utils'

install_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    echo "installing with apt: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "not root and no sudo: install these packages yourself, then run this again" >&2
            return 4
        }
        as_root=(sudo)
    fi
    # No service of these packages may start by itself on the user's machine.
    local policy=/usr/sbin/policy-rc.d made_policy=''
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        made_policy=yes
    fi
    # Nor may PostgreSQL make a database of its own, to be served after the next start of the machine.
    local own_cluster=/etc/postgresql-common/createcluster.d/gameday.conf
    if [[ " ${missing[*]} " == *' postgresql '* ]]; then
        "${as_root[@]}" mkdir -p "${own_cluster%/*}"
        echo 'create_main_cluster = false' | "${as_root[@]}" tee "$own_cluster" >/dev/null
    fi
    local log status=0
    log=$(mktemp)
    {
        "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=120 update -q &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get -o DPkg::Lock::Timeout=300 install -qy --no-install-recommends "${missing[@]}"
    } >"$log" 2>&1 || status=$?
    [ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
    "${as_root[@]}" rm -f "$own_cluster"
    [ "$status" = 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$status"
}
