# What the scripts of this folder share; sourced by them, and not a finding.
#
# Sourcing makes a temporary folder, which is removed at exit, and goes there. PYTHON names another
# Python than python3. A script ends with 1 where a `check` saw something else than was expected.

set -euo pipefail

failed=0
work=$(mktemp -d)
trap 'status=$?; cd /; rm -rf "$work"; exit $((status ? status : failed))' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work"
unset IMAGEIO_FFMPEG_EXE PYTHONPATH PYTHONHOME

# packages REQUIREMENT…: a virtual environment with pinned packages; `python` then runs in it.
packages() {
  "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "Python 3.11 or later is needed: name one in PYTHON" >&2; exit 2; }
  "${PYTHON:-python3}" -m venv venv
  venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" 2>pip.log ||
    { cat pip.log >&2; exit 2; }
  echo "packages: $*"
}

python() { venv/bin/python "$@"; }

# ffmpeg_of VERSION [REQUIREMENT…]: the FFmpeg of imageio-ffmpeg; `ffmpeg` then runs it.
ffmpeg_of() {
  packages "imageio-ffmpeg==$1" "${@:2}"
  ffmpeg_path=$(python -c 'import imageio_ffmpeg as i; print(i.get_ffmpeg_exe())')
  echo "FFmpeg: $(ffmpeg -version | sed -n '1s/ Copyright.*//p')"
}

ffmpeg() { "$ffmpeg_path" -hide_banner -nostdin -nostats "$@"; }

# video FILE SIZE FRAMES PIXEL_FORMAT: raw frames of a moving test picture.
video() {
  ffmpeg -v error -f lavfi -i "testsrc2=size=$2" -frames:v "$3" -pix_fmt "$4" -f rawvideo -y "$1"
}

# headers CONTAINER FILE: a line "packet BYTES" for each access unit, then a line "NAME VALUE" for
# each syntax element of its headers, by its name in the standard.
headers() {
  ffmpeg -v verbose -f "$1" -i "$2" -c copy -bsf:v trace_headers -f null - 2>&1 | sed -nE \
    -e 's/.*\] Packet: ([0-9]+) bytes.*/packet \1/p' \
    -e 's/.*\] [0-9]+ +([a-z0-9_]+)(\[[0-9]+\])* +[01]+ = (-?[0-9]+)$/\1 \3/p'
}

# check WHAT EXPECTED SEEN
check() {
  if [[ $2 == "$3" ]]; then
    echo "as before: $1: $3"
  else
    echo "CHANGED: $1: expected $2, saw $3"
    failed=1
  fi
}

# same FILE FILE: "same" or "different"
same() { if cmp -s "$1" "$2"; then echo same; else echo different; fi; }
