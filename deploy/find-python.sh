#!/bin/sh
# Runs its arguments under the first Python 3.11-3.13 of this machine; $PYTHON, if set, decides.
fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

if [ -n "$PYTHON" ]; then
    if fits "$PYTHON"; then exec "$PYTHON" "$@"; fi
    echo "PYTHON=$PYTHON 不能运行,或不是 Python 3.11 到 3.13;请改为合适的版本,或不设置 PYTHON。" >&2
    exit 1
fi
for python in python3 python3.12 python3.13 python3.11 python \
    /usr/bin/python3 /usr/bin/python3.12 /usr/bin/python3.13 /usr/bin/python3.11 \
    /usr/local/bin/python3 /usr/local/bin/python3.1[123] /opt/homebrew/bin/python3.1[123] \
    "$HOME"/.pyenv/versions/3.1[123]*/bin/python3 "$HOME"/.local/bin/python3.1[123]; do
    if fits "$python"; then exec "$python" "$@"; fi
done
echo "没有找到 Python 3.11 到 3.13;请先安装(Debian/Ubuntu:apt-get install python3 python3-venv),或用 PYTHON=/路径/python3 指定。" >&2
exit 1
