#!/bin/sh
# Runs a command and adds a line to a file that says how long it took: timed.sh FILE NAME COMMAND...
# Ends as the command does.
file=$1 name=$2
shift 2
begin=$(date +%s)
status=0
"$@" || status=$?
printf '%5d s  %s\n' $(($(date +%s) - begin)) "$name" >>"$file"
exit $status
