#!/usr/bin/env bash
# Boots a Debian root in systemd-nspawn, without a network, and proves the service as it is installed:
# it becomes ready, holds its secrets and its state, survives `kill -9` and a lost heartbeat, and
# says in plain words when its token is missing.
#
#   sudo tests/long/service_boot.sh TREE
#
# TREE: a Debian 12 root (debootstrap --variant=minbase --include=python3,python3-venv,git,
# systemd-sysv,dbus,kmod) with this project at TREE/opt/pos-edge, after `script/setup daemon` there.
# It is changed: use a copy.
set -euo pipefail
tree=${1:?which Debian root?}
here=$tree/opt/pos-edge

install -D -m 644 "$here/systemd/edge-daemon.toml" "$tree/etc/edge-daemon/edge-daemon.toml"
install -D -m 644 "$here/systemd/edge-daemon.service" "$tree/etc/systemd/system/edge-daemon.service"
install -d -m 700 "$tree/etc/credstore"
token() { echo 0123456789abcdef0123456789abcdef | install -m 600 /dev/stdin "$tree/etc/credstore/edge-daemon.api-token"; }
token

systemd-nspawn --quiet --register=no --keep-unit --private-network --boot --console=read-only \
    --directory="$tree" </dev/null >"$tree/boot.log" 2>&1 &
container=$!
trap 'kill $container 2>/dev/null; wait $container || true' EXIT

inside() { nsenter --all --target "$(pgrep --parent $container)" "$@"; }
property() { inside systemctl show --property="$1" --value edge-daemon; }
is_another_process() { [ "$(property ActiveState)" = active ] && [ "$(property MainPID)" != "$1" ]; }

# until_true WHAT COMMAND...: waits for up to a minute until the command succeeds.
until_true() {
    local what=$1 deadline=$((SECONDS + 60))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || { echo "FAILED: $what"; inside journalctl --no-pager -u edge-daemon | tail -40; exit 1; }
        sleep 0.2
    done
    echo "ok: $what"
}

until_true "systemd is up" inside systemctl is-active multi-user.target
inside systemctl start edge-daemon && echo "ok: the service is ready, with no device and no broker in reach"
inside grep VmRSS "/proc/$(property MainPID)/status"
inside sh -c 'test -s /var/lib/edge-daemon/journal.db' && echo "ok: the journal is in the state directory"

old=$(property MainPID)
inside systemctl kill --kill-whom=main --signal=KILL edge-daemon
until_true "it is back after kill -9" is_another_process "$old"

old=$(property MainPID)
inside systemctl kill --kill-whom=main --signal=STOP edge-daemon
until_true "it is back after its heartbeat stopped" is_another_process "$old"

rm "$tree/etc/credstore/edge-daemon.api-token"
inside systemctl --no-block restart edge-daemon
until_true "it says which credential is missing" inside sh -c 'journalctl -u edge-daemon | grep -q "api-token"'
token
inside systemctl restart edge-daemon && echo "ok: it starts with the credential"
inside systemctl stop edge-daemon && [ "$(property Result)" = success ] && echo "ok: it stops cleanly"
echo "all proved"
