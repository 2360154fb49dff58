# Tools from PyPI for a test, in a folder of their own. Sourced by the test's run.sh, which has set `name` (of the make
# target), `folder` (under .build) and `venv` (inside it), and stands in the checkout's top folder.

skip() {
  echo "$name: SKIPPED, nothing was tried: $1" >&2
  exit 77
}

# tools WHAT ARGUMENTS FILE...: installs by pip's arguments what is called so, again when one of the files has changed.
tools() {
  what=$1
  arguments=$2
  shift 2
  command -v python3 >/dev/null 2>&1 || skip "there is no python3; apt-get install python3 python3-venv"
  mkdir -p "$folder"
  if cat "$@" | cmp -s - "$venv/installed"; then return; fi
  rm -rf "$venv"
  python3 -m venv "$venv" >"$folder/venv.log" 2>&1 || skip "python3 -m venv fails; apt-get install python3-venv"
  # Its words are several arguments.
  # shellcheck disable=SC2086
  if ! "$venv/bin/pip" install -q $arguments >"$folder/pip.log" 2>&1; then
    tail -n 2 "$folder/pip.log" >&2
    skip "$what cannot be had from PyPI; see $folder/pip.log"
  fi
  cat "$@" >"$venv/installed"
}
