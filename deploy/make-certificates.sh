#!/bin/sh
# Makes an authority and a certificate for the bridge in certificates/, and passwords in .env.
#   make-certificates.sh [NAME…]: the names and addresses by which workers reach the bridge; default: bridge localhost
set -eu
cd "$(dirname "$0")"
umask 077
[ -e certificates ] && { echo "certificates/ exists; remove it to make new ones" >&2; exit 1; }
mkdir certificates
names=""
for name in ${*:-bridge localhost}; do
  case $name in *[!0-9.]*) kind=DNS ;; *) kind=IP ;; esac
  names="$names,$kind:$name"
done
cd certificates
curve="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $curve -keyout ca-key.pem -out ca.pem -days 3650 -subj "/CN=Kaizen EATP bridge authority" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" 2>/dev/null
openssl req $curve -keyout bridge-key.pem -out bridge.csr -subj "/CN=bridge" 2>/dev/null
printf 'subjectAltName=IP:127.0.0.1%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n' \
  "$names" > extensions
openssl x509 -req -in bridge.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 365 -extfile extensions -out bridge.pem 2>/dev/null
rm bridge.csr extensions
chmod 644 ca.pem bridge.pem
[ -e ../.env ] || printf 'DATABASE_PASSWORD=%s\nBRIDGE_PASSPHRASE=%s\n' "$(openssl rand -hex 24)" "$(openssl rand -hex 24)" > ../.env
echo "made: certificates/ca.pem for the workers, bridge.pem and bridge-key.pem for the bridge, .env with passwords"
