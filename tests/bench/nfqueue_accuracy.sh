#!/bin/sh
# How true the nfqueue device is: prints asked/min/p50/p99/max of delays, and at which rates packets
# are kept up with. Usage: nfqueue_accuracy.sh [TEST_INJECTORS]. Wants root (or unshare -Urn) and a
# quiet machine.
exec "${1:-$(dirname "$0")/../../build/dev/tests/test_injectors_kernel}" "[nfqueue-table]"
