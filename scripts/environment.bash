# Sourced by the other scripts: `prepare GROUP` makes sure that .venv holds what pyproject.toml asks
# for, in the versions of scripts/constraints.txt.
# shellcheck shell=bash

root=$(cd -- "${BASH_SOURCE[0]%/*}/.." && pwd -P)
python=$root/.venv/bin/python

# The first Python on the path that is new enough.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "没有找到 Python 3.11 或更新的版本，请先安装，再运行同一条命令。" >&2
    return 1
}

is_copy() {
    [[ -f $root/.venv/$1 && $(<"$root/.venv/$1") == "$(<"$root/$2")" ]]
}

# Quick where all is ready: the stamp of a finished set-up is a copy of both files as they were then.
prepare() {
    local group=$1 finder
    if [[ -x $python ]] && is_copy "ready-$group" pyproject.toml && is_copy "pins-$group" scripts/constraints.txt; then
        return
    fi
    finder=$(find_python) || return
    "$finder" "$root/scripts/set_up.py" "$group" >&2
}
