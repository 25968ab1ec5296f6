# Sourced by ftcpd and ftcpctl: sets CLASS_PATH to the jars, installed or just built, and LOGBACK to the log configuration.
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
if compgen -G "$here/lib/ftcp-daemon-*.jar" >/dev/null; then
  # Installed: PREFIX/usr/lib/ftcp, with its configuration in PREFIX/etc.
  CLASS_PATH=$here/lib/*
  LOGBACK=${here%/usr/lib/ftcp}/etc/ftcp/logback.xml
else
  target=$here/../ftcp-daemon/target
  jars=("$target"/ftcp-daemon-*.jar)
  if [[ ! -f ${jars[0]} || ! -d $target/lib ]]; then
    echo "${0##*/}: no jars in $target; build them with: mvn -pl ftcp-daemon -am package" >&2
    exit 1
  fi
  CLASS_PATH=${jars[0]}:$target/lib/*
  LOGBACK=$here/../configs/logback.xml
fi
JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java
