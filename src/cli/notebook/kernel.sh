#!/bin/sh
# Starts the Rust kernel in a folder that no other kernel compiles in: two kernels in one would load each other's cells.
# What was compiled stays there, so that the next kernel starts warm; a second one at a time begins with a copy of it.
here=$(cd "$(dirname "$0")" && pwd)
number=1
while :; do
    folder="$here/cells/$number"
    if [ ! -d "$folder" ] && [ "$number" -gt 1 ] && [ -d "$here/cells/1/target" ]; then
        mkdir -p "$folder" && cp -a "$here/cells/1/target" "$folder/target"
    fi
    mkdir -p "$folder"
    exec 9>"$folder/.in-use"
    # Without flock(1) every kernel takes a new folder.
    if command -v flock >/dev/null 2>&1; then
        flock -n 9 && break
    elif mkdir "$folder/.taken" 2>/dev/null; then
        break
    fi
    number=$((number + 1))
done
# The kernel's own cache, and a setting of cargo that would make it load one cell for another.
unset CARGO_INCREMENTAL CARGO_TARGET_DIR RUSTC_WRAPPER
export EVCXR_TMPDIR="$folder" EVCXR_CONFIG_DIR="$here/evcxr"
exec "$here/bin/evcxr_jupyter" --control_file "$1"
