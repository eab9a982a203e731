#!/usr/bin/env bash
# A Docker Engine of our own, for tests: private socket, data root, exec root and pid file under one directory.
#
#   eng/docker-service.sh start <dir>   starts it, waits until it answers, makes the test image, prints DOCKER_HOST=unix://...
#   eng/docker-service.sh stop <dir>    stops it by its pid file, unmounts what is left; the data root stays for the next start
#
# Needs root, dockerd (Debian: docker.io) and a static busybox (Debian: busybox-static); no registry and no network.
# OPENCODE_TEST_IMAGE names the test image, default opencode-test:busybox. Processes are found by pid file and by our
# directory in their arguments, never by name: other engines on the machine are none of our business.
set -euo pipefail

readonly answer_seconds=60 stop_seconds=30
readonly image=${OPENCODE_TEST_IMAGE:-opencode-test:busybox}

fail() {
    echo "docker-service: $*" >&2
    exit 1
}

usage() {
    fail "usage: eng/docker-service.sh start|stop <dir>"
}

# A pid alone could belong to somebody else by now; the command line has to name our directory as well.
alive() {
    local pid
    pid=$(cat "$pidfile" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "--data-root=$dir/data "
}

answers() {
    [ "$(curl --silent --max-time 2 --unix-socket "$socket" http://docker/_ping 2>/dev/null)" = OK ]
}

# Inside a plain container or a small VM nobody has mounted the controllers; cgroup v2 needs nothing.
mount_cgroups() {
    [ -e /sys/fs/cgroup/cgroup.controllers ] && return
    mountpoint -q /sys/fs/cgroup || mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    local name hierarchy groups enabled
    while read -r name hierarchy groups enabled; do
        case $name in "#"*) continue ;; esac
        [ "$enabled" = 1 ] || continue
        grep -qE "^cgroup [^ ]+ cgroup [^ ]*\b$name\b" /proc/mounts && continue
        mkdir -p "/sys/fs/cgroup/$name"
        # A kernel can list a controller that only v2 has; the engine does without and says so.
        mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" 2>/dev/null || rmdir "/sys/fs/cgroup/$name"
    done </proc/cgroups
}

# Every engine claims docker0 and the chains in iptables, and takes them from whoever had them; one that is told to do without a bridge takes
# docker0 away. So beside another engine one has a network of its own, which ends with it. A bridge that an engine left behind is nobody's.
lives_beside_another() {
    local process name
    for process in /proc/[0-9]*; do
        { read -r name <"$process/comm"; } 2>/dev/null || continue
        [ "$name" = dockerd ] && [ "$(readlink "$process/ns/net")" = "$(readlink /proc/self/ns/net)" ] && return
    done
    return 1
}

# The bridge needs iptables with a NAT table; sandboxes have no network by default, so an engine without one will do.
network_options() {
    if iptables --wait -t nat -L -n >/dev/null 2>&1 && ip link add oc-probe type bridge 2>/dev/null; then
        ip link delete oc-probe
    else
        echo "--iptables=false --bridge=none"
    fi
}

launch() {
    local namespace=()
    if lives_beside_another; then
        echo "docker-service: there is another engine; this one has a network of its own, from which this machine is not reached" >&2
        # shellcheck disable=SC2016
        namespace=(unshare --net -- sh -c 'ip link set lo up && exec "$@"' own-network)
    fi
    # setsid: the engine outlives the terminal and the test that started it, until it is stopped.
    # shellcheck disable=SC2046
    setsid "${namespace[@]}" dockerd --data-root="$dir/data" --exec-root="$dir/exec" --pidfile="$pidfile" --host="unix://$socket" \
        --storage-driver="$1" $(network_options) >>"$dir/dockerd.log" 2>&1 </dev/null &
    local started=$! deadline=$((SECONDS + answer_seconds))
    until answers; do
        if ! kill -0 "$started" 2>/dev/null; then return 1; fi
        [ $SECONDS -lt $deadline ] || { stop; fail "no answer on $socket within $answer_seconds s; see $dir/dockerd.log"; }
        sleep 0.1
    done
}

make_image() {
    curl --silent --fail --unix-socket "$socket" "http://docker/images/$image/json" >/dev/null && return
    local root
    root=$(mktemp -d "$dir/image.XXXXXX")
    mkdir -p "$root"/{bin,etc,proc,sys,dev,root,tmp,workspace}
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    "$root/bin/busybox" --list | while read -r applet; do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    # The engine's own endpoint for `docker import`, so that no client is needed.
    tar -C "$root" -cf "$root.tar" .
    curl --silent --show-error --fail --unix-socket "$socket" -X POST -H 'Content-Type: application/x-tar' --data-binary "@$root.tar" \
        "http://docker/images/create?fromSrc=-&repo=${image%:*}&tag=${image##*:}&changes=CMD%20%5B%22%2Fbin%2Fsh%22%5D" >/dev/null
    rm -rf "$root" "$root.tar"
    curl --silent --fail --unix-socket "$socket" "http://docker/images/$image/json" >/dev/null || fail "the engine did not take the test image $image"
}

start() {
    [ "$(id -u)" = 0 ] || fail "start needs root: an engine mounts file systems and makes cgroups"
    local tool
    for tool in dockerd containerd busybox curl setsid unshare; do
        command -v "$tool" >/dev/null || fail "$tool is missing; on Debian: apt-get install docker.io containerd busybox-static curl"
    done
    # containerd's sockets lie below the exec root; the kernel takes 107 bytes.
    [ ${#dir} -le 60 ] || fail "the path '$dir' is too long for sockets below it; 60 characters at most"
    mkdir -p "$dir/data" "$dir/exec"
    if ! alive; then
        rm -f "$pidfile" "$socket"
        mount_cgroups
        launch overlay2 || launch vfs || fail "dockerd ended at once; the last of $dir/dockerd.log: $(tail -n 3 "$dir/dockerd.log")"
    fi
    make_image
    echo "DOCKER_HOST=unix://$socket"
}

stop() {
    if alive; then
        local pid deadline=$((SECONDS + stop_seconds))
        pid=$(cat "$pidfile")
        kill -TERM "$pid"
        while kill -0 "$pid" 2>/dev/null; do
            if [ $SECONDS -ge $deadline ]; then
                kill -KILL "$pid" 2>/dev/null || true
                deadline=$((SECONDS + 5))
            fi
            sleep 0.1
        done
    fi
    # An engine that was killed leaves its containerd, and that leaves a shim with its processes for each container. All of them
    # name a socket below our directory, which is how they are known to be ours.
    local command pid child
    while read -r command; do
        pid=${command#/proc/}
        pid=${pid%/cmdline}
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == containerd* ]] || continue
        for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
            kill -KILL "$child" 2>/dev/null || true
        done
        kill -KILL "$pid" 2>/dev/null || true
    done < <(grep -lazF -- "$dir/exec/containerd/" /proc/[0-9]*/cmdline 2>/dev/null)
    local container
    for container in "$dir"/data/containers/*; do
        [ -d "$container" ] || continue
        find /sys/fs/cgroup -depth -type d -path "*/docker/${container##*/}*" -exec rmdir {} + 2>/dev/null || true
    done
    local mounted
    while read -r mounted; do
        umount -l "$mounted" 2>/dev/null || true
    done < <(awk -v below="$dir/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r)
    rm -f "$pidfile" "$socket"
}

[ $# = 2 ] || usage
mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
pidfile=$dir/dockerd.pid
socket=$dir/docker.sock
case $1 in
    start) start ;;
    stop) stop ;;
    *) usage ;;
esac
