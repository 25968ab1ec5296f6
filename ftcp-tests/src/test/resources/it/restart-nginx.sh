#!/bin/sh
# Ends the nginx of this host as an upgrade does, and starts it anew. usage: restart-nginx.sh CONFIGURATION
set -eu
old=$(cat /run/nginx.pid)
kill -TERM "$old"
while kill -0 "$old" 2>/dev/null; do sleep 0.02; done
setsid nginx -c "$1" </dev/null >/dev/null 2>&1 &
until [ -s /run/nginx.pid ] && kill -0 "$(cat /run/nginx.pid)" 2>/dev/null; do sleep 0.02; done
