# The step runner: what a step is made from is hashed, and the step is skipped where the hash is that of last time.
# Step functions run with errors fatal; `fail` ends the set-up with one sentence and its mend.

number=0
steps=8
began=$SECONDS
did_something=

fail() {
  printf '\nsetup: %s\n  mend: %s\n' "$1" "$2" >&2
  exit 1
}

# Hash of files named on standard input (NUL between), names included.
hash_of_files() { sort -z | xargs -0 -r sha256sum -- 2>/dev/null | sha256sum | cut -d' ' -f1; }

# step TITLE INPUTS DO: INPUTS prints what the step is made from, DO carries it out.
step() {
  local title=$1 inputs=$2 do=$3 stamp start
  number=$((number + 1))
  stamp=.cache/setup/$do
  local hash
  hash=$("$inputs" | sha256sum | cut -d' ' -f1)
  [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ] && return 0
  did_something=1
  start=$SECONDS
  printf '[%d/%d] %s …\n' "$number" "$steps" "$title"
  rm -f "$stamp"
  "$do"
  # Hashed again: a step may write what it is made from (a first lock file, say).
  "$inputs" | sha256sum | cut -d' ' -f1 >"$stamp"
  printf '[%d/%d] %s: done (%d s)\n' "$number" "$steps" "$title" $((SECONDS - start))
}

# Runs a command with its output kept in a log; shows the log's end where it fails. quietly LOG MESSAGE MEND COMMAND…
quietly() {
  local log=.cache/setup/$1.log message=$2 mend=$3
  shift 3
  if ! "$@" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    fail "$message (all of it: $log)" "$mend"
  fi
}

finish() {
  if [ -n "$did_something" ]; then
    printf 'set up in %d s\n' $((SECONDS - began))
  fi
}
