#!/bin/sh
# Print the command of a Python that speciosa runs on: the one named by $1, or else the first on the PATH that will do.

check='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if [ -n "$1" ]; then
	if "$1" -c "$check" 2>/dev/null; then
		echo "$1"
		exit 0
	fi
	echo "speciosa needs Python 3.11, 3.12 or 3.13, but PYTHON=$1 is: $("$1" --version 2>&1)." >&2
	exit 1
fi

for candidate in python3 python3.13 python3.12 python3.11 python; do
	if "$candidate" -c "$check" >/dev/null 2>&1; then
		echo "$candidate"
		exit 0
	fi
done
echo "speciosa needs Python 3.11, 3.12 or 3.13; python3 is: $(python3 --version 2>&1)." >&2
echo "Install one of them, or name it: make PYTHON=python3.12 demo" >&2
exit 1
