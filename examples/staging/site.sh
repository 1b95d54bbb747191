#!/usr/bin/env bash
# A small staging site that gameday did not start: nginx on three loopback addresses behind HAProxy
# with health checks, all from Debian packages. gameday knows it by its endpoints only.
#
#   site.sh up | down            the whole site; state in $STAGING_DIR (default: a folder in $TMPDIR)
#                                STAGING_CHECKS=off: a balancer that neither checks nor tries elsewhere
#   site.sh start NAME | stop NAME | is-up NAME | is-down NAME      NAME: nginx-a, nginx-b, nginx-c
set -euo pipefail

export PATH=$PATH:/usr/sbin:/sbin
dir=${STAGING_DIR:-${TMPDIR:-/tmp}/gameday-staging}
names='nginx-a nginx-b nginx-c'
address() { case $1 in nginx-a) echo 127.0.9.11 ;; nginx-b) echo 127.0.9.12 ;; nginx-c) echo 127.0.9.13 ;;
    *) echo "no such server: $1" >&2; exit 64 ;; esac }

alive() { # NAME: prints the pid when it runs
    local pid
    pid=$(cat "$dir/$1.pid" 2>/dev/null) && [ -n "$pid" ] &&
        { tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF "$dir/"; } 2>/dev/null && echo "$pid"
}

start() {
    local name=$1
    alive "$name" >/dev/null && return 0
    rm -f "$dir/$name.pid"
    cat >"$dir/$name.conf" <<CONF
pid $dir/$name.pid;
error_log $dir/$name.log warn;
master_process off;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $dir/$name.tmp; proxy_temp_path $dir/$name.tmp;
    fastcgi_temp_path $dir/$name.tmp; uwsgi_temp_path $dir/$name.tmp; scgi_temp_path $dir/$name.tmp;
    server {
        listen $(address "$name"):8080;
        default_type text/plain;
        add_header X-Served-By $name always;
        location = /balancer { return 404; }
        location / { return 200 "hello from $name\n"; }
    }
}
CONF
    nginx -p "$dir" -e "$dir/$name.log" -c "$dir/$name.conf" </dev/null >/dev/null 2>&1
    for _ in $(seq 100); do alive "$name" >/dev/null && return 0; sleep 0.05; done
    tail -n 5 "$dir/$name.log" >&2
    return 1
}

stop() {
    local pid
    pid=$(alive "$1") || return 0
    kill -TERM "$pid"
    for _ in $(seq 100); do alive "$1" >/dev/null || return 0; sleep 0.05; done
    kill -KILL "$pid"
}

up() {
    local name
    for name in nginx haproxy curl; do
        command -v "$name" >/dev/null || { echo "$name is missing: apt-get install nginx-light haproxy curl" >&2; exit 4; }
    done
    mkdir -p "$dir"
    for name in $names; do start "$name"; done
    alive haproxy >/dev/null && return 0
    {
        printf 'global\n    pidfile %s/haproxy.pid\n    maxconn 2000\ndefaults\n    mode http\n' "$dir"
        printf '    timeout connect 500ms\n    timeout client 5s\n    timeout server 2s\n'
        if [ "${STAGING_CHECKS:-on}" = on ]; then printf '    option redispatch 1\n    retries 2\n'; fi
        printf 'frontend site\n    bind 127.0.9.1:8080\n    monitor-uri /balancer\n    default_backend web\n'
        printf 'backend web\n    balance roundrobin\n    option httpchk GET /\n'
        for name in $names; do
            printf '    server %s %s:8080' "$name" "$(address "$name")"
            if [ "${STAGING_CHECKS:-on}" = on ]; then printf ' check inter 200ms fall 2 rise 2'; fi
            echo
        done
    } >"$dir/haproxy.cfg"
    haproxy -D -f "$dir/haproxy.cfg" </dev/null >"$dir/haproxy.log" 2>&1
    for _ in $(seq 100); do
        curl -fsS -m 1 -o /dev/null http://127.0.9.1:8080/ 2>/dev/null && return 0
        sleep 0.05
    done
    echo 'the site does not answer on 127.0.9.1:8080' >&2
    return 1
}

down() {
    local name
    for name in haproxy $names; do stop "$name"; done
    rm -rf "$dir"
}

case ${1:-} in
up) up ;;
down) down ;;
start) start "${2:?name}" ;;
stop) stop "${2:?name}" ;;
is-up) curl -fsS -m 1 -o /dev/null "http://$(address "${2:?name}"):8080/" ;;
is-down) ! curl -fsS -m 1 -o /dev/null "http://$(address "${2:?name}"):8080/" 2>/dev/null ;;
*) sed -n '2,7p' "$0"; exit 64 ;;
esac
