#!/bin/sh
# Joins a bridge as worker NUMBER, with the token that the bridge wrote; once it has joined, its key file is enough.
#   WORKER_NUMBER, BRIDGE_URL, BRIDGE_CA, TOKENS (a folder), KEYS (a file), AGENTS_FILE
#   HEALTH ([HOST:]PORT; default: 127.0.0.1 and 8080 plus the number), PYTHON (python3), VERIFY (full)
set -eu
token="$TOKENS/worker-$WORKER_NUMBER.token"
tries=0
until [ -e "$KEYS" ] || [ -s "$token" ]; do
  tries=$((tries + 1)); [ "$tries" -le 120 ] || { echo "no token in $token" >&2; exit 1; }
  sleep 0.5
done
# Also with keys: they are written before the first login, and that can fail. For agents that joined, it changes nothing.
if [ -s "$token" ]; then KAIZEN_EATP_TOKEN=$(cat "$token"); export KAIZEN_EATP_TOKEN; fi
exec "${PYTHON:-python3}" -m kaizen_eatp_bridge join "$BRIDGE_URL" \
  --agent "echo-$WORKER_NUMBER=$AGENTS_FILE:echo" --ca "$BRIDGE_CA" --keys "$KEYS" \
  --verify "${VERIFY:-full}" --health "${HEALTH:-127.0.0.1:$((8080 + WORKER_NUMBER))}" --log-format json
