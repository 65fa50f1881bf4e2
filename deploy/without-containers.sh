#!/bin/sh
# The processes of compose.yaml with the same settings, on this machine: TLS, two workers, a run. It needs node and a Python
# with kaizen-eatp-bridge (PYTHON), and a PostgreSQL database if DATABASE_URL names one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d "${TMPDIR:-/tmp}/kaizen-eatp-XXXXXX")
port=${BRIDGE_PORT:-7411}
pids=""
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$home"' EXIT
cp "$here/make-certificates.sh" "$home"
"$home/make-certificates.sh" localhost
. "$home/.env"
BRIDGE_HOST=0.0.0.0 BRIDGE_PORT=$port BRIDGE_CERT="$home/certificates/bridge.pem" BRIDGE_KEY="$home/certificates/bridge-key.pem" \
  BRIDGE_HOME="$home/bridge" BRIDGE_TOKENS="$home/tokens" BRIDGE_WORKERS=2 BRIDGE_PASSPHRASE=$BRIDGE_PASSPHRASE \
  node "$here/bridge.mjs" > "$home/bridge.log" 2>&1 &
bridge=$!; pids="$bridge"
for number in 1 2; do
  WORKER_NUMBER=$number BRIDGE_URL="wss://localhost:$port" BRIDGE_CA="$home/certificates/ca.pem" TOKENS="$home/tokens" \
    KEYS="$home/worker-$number.json" AGENTS_FILE="$here/agents.py" HEALTH="127.0.0.1:$((port + number))" \
    "$here/worker.sh" > "$home/worker-$number.log" 2>&1 &
  pids="$pids $!"
done
ready() { curl -sf --cacert "$home/certificates/ca.pem" "https://localhost:$port/ready?agent=echo-1&agent=echo-2"; }
tries=0
until ready > /dev/null; do
  tries=$((tries + 1))
  [ "$tries" -le 240 ] || { tail -n 20 "$home"/*.log >&2; exit 1; }
  sleep 0.5
done
for number in 1 2; do curl -sf "http://127.0.0.1:$((port + number))/ready"; echo; done
kill -USR2 "$bridge"
tries=0
until grep '"event":"run' "$home/bridge.log"; do
  tries=$((tries + 1)); [ "$tries" -le 60 ] || { cat "$home"/*.log >&2; exit 1; }
  sleep 0.5
done
grep -q '"event":"run"' "$home/bridge.log"
