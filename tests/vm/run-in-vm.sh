#!/usr/bin/env bash
#
# run-in-vm.sh - run a command in a small throw-away virtual machine.
#
# Boots a Debian cloud kernel in QEMU with an initramfs made of busybox,
# iproute2 and the given files, runs the command as root in /test, prints what
# it prints, and exits with its exit status. No root rights, no network, no
# disk image and no KVM are needed. Made for tests that need kernel features
# (sch_netem, network namespaces, nftables ...) which the host may lack.
#
#   run-in-vm.sh [option ...] -- command [argument ...]
#
#   -f, --file SRC[:DEST]   put a file or folder into the guest, with the shared
#                           libraries its executables need. DEST: a path in the
#                           guest, default /test/<base name>. Repeatable.
#   -b, --bin NAME          put a host program (found in PATH) into the guest's
#                           PATH. Repeatable. Always there if the host has them:
#                           ip tc ss bridge ping nft bash nsenter unshare timeout
#                           and such; busybox has the rest.
#   -e, --env NAME=VALUE    set an environment variable for the command
#   -s, --smp N             virtual CPUs (default 1, never more than the host has). With
#                           one, time in the guest is simulated: see below
#   -m, --mem MIB           guest memory (default 768)
#   -t, --timeout SECONDS   limit for boot and command together (default 300)
#   -M, --modules NAMES     load these kernel modules before the command, in this
#                           order (usually not needed: they load on demand)
#       --without NAMES     leave these modules out, to see how a program fares
#                           on a kernel that lacks them
#   -p, --package NAME      kernel package (default: the one that
#                           linux-image-cloud-amd64 depends on). A meta package
#                           such as linux-image-6.12-cloud-amd64 will do.
#   -c, --cache DIR         where kernels and base images are kept
#       --append TEXT       more for the kernel command line
#       --missing STATUS    exit status where the host lacks a program or the kernel
#                           package this needs (default 125; ctest's
#                           SKIP_RETURN_CODE is often 77); with CI set always 125
#       --keep              keep the work folder, and say where it is
#   -v, --verbose           show the kernel's console and timings on stderr
#   -h, --help
#
# With one virtual CPU the guest's clock counts its instructions, 2 ns each, and leaps
# to the next timer when it is idle. So a busy host makes nothing late in there, and
# sleeping takes no time out here. With more, the clock is the host's.
#
# Each option that takes a number, and --cache and --package, has a
# default in the environment: RUN_IN_VM_SMP, RUN_IN_VM_CACHE and so on.
#
# Exit status: the command's; 124 when the limit passed; 125 when the machine
# could not be set up or went down before the command ended (the end of its
# console is then shown).
#
# Debian packages: qemu-system-x86 busybox-static iproute2 kmod cpio
# (xz-utils for kernels with compressed modules; nftables and iputils-ping for
# nft and ping in the guest).

set -euo pipefail

me=${0##*/}
die() { printf '%s: %s\n' "$me" "$*" >&2; exit 125; }
# CI has all of it: there nothing is skipped.
lack() { printf '%s: %s\n' "$me" "$*" >&2; if [ -n "${CI:-}" ]; then exit 125; fi; exit "$missing"; }
usage() { sed -n '3,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "$0"; }

files=() bins=() envs=()
smp=${RUN_IN_VM_SMP:-1} mem=${RUN_IN_VM_MEM:-768} limit=${RUN_IN_VM_TIMEOUT:-300}
package=${RUN_IN_VM_PACKAGE:-linux-image-cloud-amd64}
cache=${RUN_IN_VM_CACHE:-${XDG_CACHE_HOME:-${TMPDIR:-/tmp}}/gameday-vm}
missing=${RUN_IN_VM_MISSING:-125}
preload='' without='' append='' keep='' verbose=''

need() { [ "$1" -ge 2 ] || die "$2 needs a value"; }
while [ $# -gt 0 ]; do
    case $1 in
    -f|--file)        need $# "$1"; files+=("$2"); shift 2 ;;
    -b|--bin)         need $# "$1"; bins+=("$2"); shift 2 ;;
    -e|--env)         need $# "$1"; envs+=("$2"); shift 2 ;;
    -s|--smp)         need $# "$1"; smp=$2; shift 2 ;;
    -m|--mem)         need $# "$1"; mem=$2; shift 2 ;;
    -t|--timeout)     need $# "$1"; limit=$2; shift 2 ;;
    --missing)        need $# "$1"; missing=$2; shift 2 ;;
    -M|--modules)     need $# "$1"; preload+=" ${2//,/ }"; shift 2 ;;
    --without)        need $# "$1"; without+=" ${2//,/ }"; shift 2 ;;
    -p|--package)     need $# "$1"; package=$2; shift 2 ;;
    -c|--cache)       need $# "$1"; cache=$2; shift 2 ;;
    --append)         need $# "$1"; append=$2; shift 2 ;;
    --keep)           keep=1; shift ;;
    -v|--verbose)     verbose=1; shift ;;
    -h|--help)        usage; exit 0 ;;
    --)               shift; break ;;
    -*)               die "unknown option $1 (see --help)" ;;
    *)                break ;;
    esac
done
[ $# -gt 0 ] || die 'no command given (see --help)'
for n in "$smp" "$mem" "$limit" "$missing"; do
    case $n in ''|*[!0-9]*) die "not a number: '$n'" ;; esac
done
cpus=$(nproc)
[ "$smp" -le "$cpus" ] || smp=$cpus

now() { local t=${EPOCHREALTIME/[.,]/}; echo "$((t / 1000))"; }
t0=$(now)
say() { if [ -n "$verbose" ]; then printf '%s: %5d ms: %s\n' "$me" "$(($(now) - t0))" "$*" >&2; fi; }

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
for tool in qemu-system-x86_64 busybox cpio depmod ldd timeout tar; do
    command -v "$tool" >/dev/null || lack "needs $tool (see --help for the packages)"
done
if ldd "$(command -v busybox)" >/dev/null 2>&1; then
    lack 'needs a statically linked busybox (busybox-static)'
fi

mkdir -p "$cache"
work=$(mktemp -d "${TMPDIR:-/tmp}/run-in-vm.XXXXXX")
qemu_pid='' cat_pid='' tail_pid=''
# shellcheck disable=SC2317 # called by trap
finish() {
    local p
    for p in $qemu_pid $cat_pid $tail_pid; do kill "$p" 2>/dev/null || true; done
    if [ -n "$keep" ]; then
        printf '%s: work folder kept: %s\n' "$me" "$work" >&2
    else
        rm -rf "$work"
    fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- the kernel: a bzImage and a modules folder, unpacked once into the cache ---

apt=()
fresh_lists() { # lists of packages of our own: only root may renew the machine's
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
    apt=(-o "Dir::State::Lists=$cache/apt/lists" -o "Dir::Cache=$cache/apt")
    apt-get -q "${apt[@]}" update >"$work/apt.log" 2>&1 || cat "$work/apt.log" >&2
}

resolve_package() { # follow meta packages to the package that holds the kernel
    local p=$1 next
    for _ in 1 2 3; do
        next=$(apt-cache "${apt[@]}" depends --no-recommends --no-suggests "$p" 2>/dev/null |
            sed -n 's/^ *|\{0,1\}Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
        [ -n "$next" ] || break
        p=$next
    done
    printf '%s\n' "$p"
}

# An unpacked kernel lies in $cache/kernel/<package>/{vmlinuz,modules/<version>}.
get_kernel() { # package
    local name=$1 dir=$cache/kernel/$1 tmp deb
    mkdir -p "$cache/kernel"
    tmp=$(mktemp -d "$cache/kernel/.new.XXXXXX")
    if ! (cd "$tmp" && apt-get "${apt[@]}" download "$name") >"$work/apt.log" 2>&1; then
        rm -rf "$tmp"
        return 1
    fi
    deb=$(find "$tmp" -name '*.deb' | head -n 1)
    dpkg-deb -x "$deb" "$tmp/x"
    mkdir -p "$tmp/k"
    cp "$(find "$tmp/x/boot" -name 'vmlinuz-*' | head -n 1)" "$tmp/k/vmlinuz"
    mv "$(find "$tmp/x" -type d -path '*lib/modules' | head -n 1)" "$tmp/k/modules"
    cp "$tmp/x/boot/config-"* "$tmp/k/config" 2>/dev/null || true
    mv -T "$tmp/k" "$dir" 2>/dev/null || [ -e "$dir/vmlinuz" ] # another run may have won
    rm -rf "$tmp"
}

name=
# A remembered answer keeps the usual run free of the package lists.
note=$cache/resolved-${package//\//_}
if [ -e "$note" ]; then name=$(cat "$note"); fi
if [ -z "$name" ] || [ ! -e "$cache/kernel/$name/vmlinuz" ]; then
    command -v apt-get >/dev/null || lack 'no apt-get here to get a kernel with'
    name=$(resolve_package "$package")
    if [ ! -e "$cache/kernel/$name/vmlinuz" ] && ! get_kernel "$name"; then
        # The machine's lists lack it, or are older than the archive.
        fresh_lists
        name=$(resolve_package "$package")
        [ -e "$cache/kernel/$name/vmlinuz" ] || get_kernel "$name" ||
            { cat "$work/apt.log" >&2; lack "cannot download package $name"; }
    fi
    printf '%s\n' "$name" >"$note"
fi
dir=$cache/kernel/$name
kernel=$dir/vmlinuz
kernel_modules=$(find "$dir/modules" -mindepth 1 -maxdepth 1 -type d | head -n 1)
[ -r "$kernel" ] || die "cannot read the kernel $kernel"
[ -d "$kernel_modules" ] || die "no modules in $dir"
version=$(basename "$kernel_modules")
if [ ! -e "$kernel_modules/modules.dep" ]; then
    mkdir -p "$work/index/lib"
    ln -s "$(realpath "$dir/modules")" "$work/index/lib/modules"
    depmod -b "$work/index" "$version" 2>/dev/null
fi
say "kernel $version"

# --- the base image: busybox, network tools, modules; kept in the cache ---------

# Copies executables with the shared libraries they need.
add_elf() { # root, host path, guest path
    local root=$1 src=$2 dest=$3
    mkdir -p "$root${dest%/*}"
    cp -L "$src" "$root$dest"
    add_libs "$root" "$src"
}
add_libs() { # root, elf ...
    local root=$1; shift
    ldd "$@" 2>/dev/null | sed -n 's/^.*=> \(\/[^ ]*\) (0x.*$/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (0x.*$/\1/p' |
        sort -u | cpio -pdmL --quiet "$root"
}
is_elf() { [ "$(head -c 4 "$1" 2>/dev/null | tr -d '\0')" = $'\x7fELF' ]; }

base_bins=()
# Busybox's own timeout, env, unshare and so on would start busybox's ip, tc and
# ping even where the PATH has better ones: so the host's come along as well.
for b in ip tc ss bridge ping nft dash bash env timeout nice nohup xargs find setsid unshare nsenter \
    setpriv chroot; do
    if p=$(command -v "$b"); then base_bins+=("$p"); fi
done
key=$({ cat "$0"; echo "$version"; stat -L -c '%n %s %Y' "$(command -v busybox)" "${base_bins[@]}" \
    "$kernel" "$kernel_modules"; } | sha256sum | cut -c 1-16)
base=$cache/base-$key.cpio

# Whole folders of modules, and single ones; their dependencies come along.
module_dirs='kernel/net/sched kernel/net/netfilter kernel/net/ipv4/netfilter
    kernel/net/ipv6/netfilter kernel/net/bridge'
module_names='veth ifb dummy tun macvlan ipvlan vrf 8021q
    inet_diag tcp_diag udp_diag unix_diag netlink_diag'

collect_modules() { # root
    local root=$1 dest=$1/lib/modules/$version d m list=$work/list
    mkdir -p "$dest"
    for d in $module_dirs; do
        if [ -d "$kernel_modules/$d" ]; then (cd "$kernel_modules" && find "$d" -name '*.ko*'); fi
    done | grep -v -e /ipvs/ -e /ipset/ >"$list"
    for m in $module_names; do
        sed -n -E "s/^([^:]*\/$m\.ko(\.[a-z0-9]+)?):.*/\1/p" "$kernel_modules/modules.dep" >>"$list"
    done
    # modules.dep names each module with all it needs, not only the next ones.
    awk -F: 'NR == FNR { want[$1] = 1; next }
             $1 in want { print $1; n = split($2, d, " "); for (i = 1; i <= n; i++) print d[i] }' \
        "$list" "$kernel_modules/modules.dep" | sort -u >"$list.all"
    (cd "$kernel_modules" && cpio -pdmL --quiet "$dest") <"$list.all"
    find "$dest" -name '*.ko.xz' -exec xz -d {} +
    find "$dest" -name '*.ko.gz' -exec gzip -d {} +
    find "$dest" -name '*.ko.zst' -exec zstd -q -d --rm {} +
    for m in modules.builtin modules.order modules.builtin.modinfo; do
        if [ -e "$kernel_modules/$m" ]; then cp -L "$kernel_modules/$m" "$dest/"; fi
    done
    depmod -b "$root" "$version" 2>/dev/null
    # Busybox reads the text files only.
    rm -f "$dest"/modules.*.bin "$dest/modules.symbols" "$dest/modules.builtin.modinfo"
}

pack() { (cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio -0 -o -H newc --quiet -R 0:0); }

if [ ! -e "$base" ]; then
    root=$work/base
    mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,root,etc,test,usr/bin,usr/sbin,usr/local/bin}
    chmod 1777 "$root/tmp"
    cp -L "$(command -v busybox)" "$root/bin/busybox"
    ln -s busybox "$root/bin/sh" # the rest of its links are made in the guest
    # The tools of the host stand before busybox's own (PATH begins with these);
    # busybox's shell would run its own ip and ping all the same, so the host's
    # shells take its place.
    cp -L "${base_bins[@]}" "$root/usr/local/bin/"
    add_libs "$root" "${base_bins[@]}"
    for p in bash dash; do
        [ -e "$root/usr/local/bin/$p" ] || continue
        ln -sf "/usr/local/bin/$p" "$root/bin/$p"
        ln -sf "/usr/local/bin/$p" "$root/bin/sh"
    done
    # The delay tables of tc, where the host's tc looks for them.
    for d in /usr/lib/*/tc /usr/lib/tc /usr/lib64/tc /usr/share/tc; do
        if [ -d "$d" ]; then mkdir -p "$root$d"; find "$d" -name '*.dist' -exec cp -L {} "$root$d/" \; ; fi
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    printf 'hosts: files\n' >"$root/etc/nsswitch.conf"
    for p in /etc/protocols /etc/services; do
        if [ -r "$p" ]; then cp -L "$p" "$root$p"; fi
    done
    cat >"$root/init" <<'INIT'
#!/bin/sh
# First program of the guest: ttyS0 is the console, ttyS1 carries what the
# command prints, ttyS2 its exit status.
/bin/busybox --install -s
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs run /run
mount -t cgroup2 cg /sys/fs/cgroup 2>/dev/null
mount -t debugfs dbg /sys/kernel/debug 2>/dev/null
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname guest
echo 1 > /proc/sys/kernel/printk
ip link set lo up
stty -F /dev/ttyS1 raw -echo
stty -F /dev/ttyS2 raw -echo
for m in $(cat /run-in-vm/without); do
    find /lib/modules -name "$m.ko" -exec rm {} \;
    sed -i "/\/$m\.ko/d" /lib/modules/*/modules.dep
    sed -i "/ $(echo "$m" | tr - _)\$/d" /lib/modules/*/modules.alias
done
for m in $(cat /run-in-vm/preload); do
    modprobe "$m" || echo "run-in-vm: cannot load module $m" > /dev/ttyS1
done
echo "ready $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS2
cd /test
sh /run-in-vm/command </dev/null >/dev/ttyS1 2>&1
status=$?
cd /
stty -F /dev/ttyS1 raw
echo "end $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS2
echo "status $status" > /dev/ttyS2
stty -F /dev/ttyS2 raw
poweroff -f
INIT
    chmod 755 "$root/init"
    collect_modules "$root"
    pack "$root" >"$work/base.cpio"
    rm -rf "$root"
    find "$cache" -maxdepth 1 -name 'base-*.cpio' -mtime +14 -delete
    mv "$work/base.cpio" "$cache/.base-$key.$$" && mv "$cache/.base-$key.$$" "$base"
    say "base image built ($(du -h "$base" | cut -f1))"
fi

# --- this run's image: the files, the command -----------------------------------

quote() { local q="'\\''"; printf "'%s' " "${1//\'/$q}"; }

root=$work/run
mkdir -p "$root/run-in-vm" "$root/test"
for f in "${files[@]}"; do
    src=$f dest=
    if [ ! -e "$src" ] && [[ $f == *:* ]]; then src=${f%:*} dest=${f##*:}; fi
    [ -e "$src" ] || die "no such file: $src"
    [ -n "$dest" ] || dest=/test/$(basename "$(realpath "$src")")
    mkdir -p "$root$(dirname "$dest")"
    if [ -d "$src" ]; then
        mkdir -p "$root$dest"
        cp -a "$src/." "$root$dest/"
    else
        cp -aL "$src" "$root$dest"
    fi
    while IFS= read -r -d '' e; do
        if is_elf "$e"; then add_libs "$root" "$e"; fi
    done < <(find "$(realpath "$src")" -type f \( -perm -u+x -o -name '*.so*' \) -print0)
done
for b in "${bins[@]}"; do
    p=$(command -v "$b") || die "no such program: $b"
    add_elf "$root" "$p" "/usr/local/bin/${p##*/}"
done
{
    for e in "${envs[@]}"; do printf 'export %s=' "${e%%=*}"; quote "${e#*=}"; echo; done
    printf 'exec '
    for a in "$@"; do quote "$a"; done
    echo
} >"$root/run-in-vm/command"
printf '%s\n' "$preload" >"$root/run-in-vm/preload"
for m in $without; do
    found=$(cpio -t --quiet <"$base" | grep -E "/${m//[-_]/[-_]}\.ko$" || true)
    [ -n "$found" ] || die "no module $m to leave out (built in?)"
    found=${found##*/}
    printf '%s\n' "${found%.ko}"
done >"$root/run-in-vm/without"
{ cat "$base"; pack "$root"; } >"$work/initrd"
say "image for this run built ($(du -h "$work/initrd" | cut -f1))"

# --- the machine ----------------------------------------------------------------

command_line="console=ttyS0 quiet panic=-1 oops=panic tsc=reliable random.trust_cpu=on \
mitigations=off rcupdate.rcu_expedited=1 audit=0 cryptomgr.notests \
initcall_blacklist=crypto_kdf108_init,init_kprobe_trace $append"

# Counted instructions need all virtual processors in one thread.
clock=(-accel tcg,thread=single -icount shift=1,sleep=off)
[ "$smp" = 1 ] || clock=(-accel tcg,thread=multi)

boot() { # initrd, seconds; prints what the command prints
    local initrd=$1 seconds=$2 status=0
    : >"$work/console"; : >"$work/control"
    # Through a pipe of our own: QEMU makes its standard output non-blocking.
    rm -f "$work/pipe"; mkfifo "$work/pipe"
    cat <"$work/pipe" &
    cat_pid=$!
    timeout -k 2 "$seconds" qemu-system-x86_64 -M pc "${clock[@]}" -cpu max \
        -smp "$smp" -m "$mem" -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$kernel" -initrd "$initrd" -append "$command_line" \
        -chardev "file,id=c0,path=$work/console" -serial chardev:c0 \
        -chardev stdio,id=c1,signal=off -serial chardev:c1 \
        -chardev "file,id=c2,path=$work/control" -serial chardev:c2 \
        </dev/null >"$work/pipe" &
    qemu_pid=$!
    wait "$qemu_pid" || status=$?
    qemu_pid=
    wait "$cat_pid" || true
    cat_pid=
    return "$status"
}
answer() { sed -n "s/^$1 \([0-9.a-z]*\)\r\{0,1\}$/\1/p" "$work/control" | tail -n 1; }

if [ -n "$verbose" ]; then
    : >"$work/console"
    tail -q -F "$work/console" >&2 2>/dev/null &
    tail_pid=$!
fi
say 'boot'
status=0
boot "$work/initrd" "$limit" || status=$?
say "machine down; guest time: ready $(answer ready) s, end $(answer end) s"

result=$(answer status)
if [ -n "$result" ]; then exit "$result"; fi
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
    printf '%s: not done after %s s, stopped; end of the console:\n' "$me" "$limit" >&2
    tail -n 15 "$work/console" >&2
    exit 124
fi
printf '%s: the machine went down before the command ended (qemu: %s); end of the console:\n' "$me" "$status" >&2
tail -n 40 "$work/console" >&2
exit 125
