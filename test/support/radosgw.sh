#!/usr/bin/env bash
# Runs a throw-away S3 server (Ceph's radosgw on one monitor and one in-memory OSD) on 127.0.0.1, without systemd.
#
#   radosgw.sh start FOLDER [S3_PORT [MONITOR_PORT]]   starts it and returns once it serves; does nothing when it already does
#   radosgw.sh stop  FOLDER                            ends its processes and removes FOLDER
#   radosgw.sh run   FOLDER [S3_PORT [MONITOR_PORT]]   start, then stop when standard input ends: never outlives its caller
#
# S3_ACCESS_KEY and S3_SECRET_KEY name the one user (tester / tester-secret). Objects live in memory only and go with `stop`.
set -euo pipefail

packages='ceph-mon ceph-osd radosgw ceph-common'
verb=${1:-} folder=$(realpath -m "${2:-}" 2>/dev/null || true) port=${3:-7480} monitor_port=${4:-3300}
access_key=${S3_ACCESS_KEY:-tester} secret_key=${S3_SECRET_KEY:-tester-secret}
conf=$folder/ceph.conf
mark='# made by radosgw.sh; its folder may be deleted'

fail() { echo "radosgw.sh: $*" >&2; exit 1; }

require_programs() {
  for program in ceph-mon ceph-osd radosgw radosgw-admin ceph ceph-authtool monmaptool; do
    command -v "$program" >/dev/null || fail "$program is missing; install the Debian packages: $packages"
  done
}

ours() { [ -f "$conf" ] && head -n 1 "$conf" | grep -qxF "$mark"; }

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A pid file may outlive its process and the number be given to a stranger, so the command line has to name our settings too.
alive() {
  local pid
  pid=$(cat "$folder/run/$1.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$conf" && echo "$pid"
}

# SIGKILL, because nothing here is worth a slow farewell: the OSD alone would take seconds over it.
end_processes() {
  local name pid
  for name in client.rgw osd.0 mon.a; do
    pid=$(alive "$name") || continue
    kill -KILL "$pid" 2>/dev/null || true
    while [ -n "$(alive "$name")" ]; do sleep 0.02; done
  done
}

stop() {
  ours || return 0
  end_processes
  rm -rf "$folder"
}

# Ceph batches changes of its maps for a second by default; with many small steps that is nearly all of the start-up time.
write_conf() {
  mkdir -p "$folder"/{mon,osd,run,log}
  cat >"$conf" <<CONF
$mark
[global]
fsid = $1
mon_host = v2:127.0.0.1:$monitor_port
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
keyring = $folder/keyring
log_file = $folder/log/\$name.log
pid_file = $folder/run/\$name.pid
admin_socket =
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mon_data = $folder/mon
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_data = $folder/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_crush_chooseleaf_type = 0
osd_crush_initial_weight = 1
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_thread_pool_size = 32
CONF
}

write_keys() {
  local name
  ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
  for name in client.admin client.rgw osd.0; do
    ceph-authtool "$folder/keyring" --gen-key -n "$name" --cap mon 'allow *' --cap osd 'allow *'
  done
}

start_cluster() {
  local cluster osd
  cluster=$(cat /proc/sys/kernel/random/uuid) osd=$(cat /proc/sys/kernel/random/uuid)
  write_conf "$cluster"
  write_keys
  monmaptool --create --addv a "[v2:127.0.0.1:$monitor_port]" --fsid "$cluster" "$folder/monmap"
  ceph-mon -c "$conf" -i a --mkfs --monmap "$folder/monmap" --keyring "$folder/keyring"
  ceph-mon -c "$conf" -i a
  ceph -c "$conf" --connect-timeout 20 osd new "$osd"
  ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
  ceph-osd -c "$conf" -i 0
}

start_gateway() {
  timeout 60 radosgw-admin -c "$conf" user create --uid=tester --display-name=tester \
    --access-key="$access_key" --secret-key="$secret_key"
  radosgw -c "$conf" -n client.rgw
  local tries=0
  until listens "$port"; do
    tries=$((tries + 1))
    [ $tries -le 1200 ] && [ -n "$(alive client.rgw)" ] || return 1
    sleep 0.05
  done
}

# Not written as `if ! (…)`: bash ignores `set -e` inside anything whose outcome is tested, and a failed step would be passed over.
bring_up() {
  local outcome
  set +e
  (set -e; start_cluster; start_gateway) >"$folder/log/start.log" 2>&1 </dev/null
  outcome=$?
  set -e
  [ $outcome -eq 0 ] && return
  tail -n 20 "$folder/log/start.log" >&2
  end_processes
  fail 'the server did not start'
}

start() {
  require_programs
  if ours && [ -n "$(alive client.rgw)" ] && listens "$port"; then return 0; fi
  if ours; then stop; fi
  [ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "$folder holds something else; give an empty or a new folder"
  if listens "$port"; then fail "port $port is taken"; fi
  if listens "$monitor_port"; then fail "port $monitor_port is taken"; fi
  mkdir -p "$folder/log"
  bring_up
}

run() {
  trap stop EXIT
  trap 'exit 143' TERM INT HUP
  start
  echo "ready http://127.0.0.1:$port"
  while read -r; do :; done
}

case $verb in
  start | stop | run) [ -n "${2:-}" ] || fail "$verb needs a folder for the server's data"; "$verb" ;;
  *) fail 'say: start FOLDER [S3_PORT [MONITOR_PORT]], stop FOLDER or run FOLDER [S3_PORT [MONITOR_PORT]]' ;;
esac
