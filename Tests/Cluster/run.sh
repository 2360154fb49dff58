#!/bin/sh
# Three hosts, three nats-servers and a local exchange on loopback: hosts and servers are killed, one host is paused
# past its lease, and no order is lost, doubled, or sent by two hosts. Ends with 77 where nats-server, libnats or
# python3 is not there: then nothing was tried. With the word measure: what it costs that an order is in the cluster
# before it leaves.
set -eu
cd "$(dirname "$0")/../.."
skip() {
  echo "test-cluster: SKIPPED, nothing was tried: $1" >&2
  exit 77
}
command -v nats-server >/dev/null 2>&1 || skip "there is no nats-server; apt-get install nats-server"
ldconfig -p | grep -q 'libnats\.so' || skip "there is no libnats; apt-get install libnats3.4"
command -v python3 >/dev/null 2>&1 || skip "there is no python3; apt-get install python3"
exec python3 Tests/Cluster/run.py "${BUILD:-.build/debug}" "${FOLDER:-.build/cluster}" "$@"
