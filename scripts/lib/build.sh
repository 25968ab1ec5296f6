# JDKs and the Maven build. Sourced by bash, after common.sh.
# shellcheck shell=bash

# jdk_version HOME: its feature release, or nothing if there is no JDK.
jdk_version() {
    [[ -x $1/bin/javac && -r $1/release ]] || return 1
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Every JDK under /usr/lib/jvm once, as "VERSION HOME", oldest first.
jdks() {
    local home version
    for home in /usr/lib/jvm/*; do
        home=$(readlink -f "$home")
        version=$(jdk_version "$home") && echo "$version $home"
    done | sort -n -u
}

# Sets JAVA_HOME to JDK 17, which the project is built with; installs it when there is none.
use_jdk17() {
    local home
    if [[ -n ${JAVA_HOME-} && $(jdk_version "$JAVA_HOME") == 17 ]]; then
        return
    fi
    home=$(jdks | awk '$1 == 17 { print $2; exit }')
    if [[ -z $home ]]; then
        apt_install openjdk-17-jdk-headless
        home=$(jdks | awk '$1 == 17 { print $2; exit }')
    fi
    [[ -n $home ]] || fail "no JDK 17" "there is none under /usr/lib/jvm" "apt-get install openjdk-17-jdk-headless"
    export JAVA_HOME=$home PATH=$home/bin:$PATH
}

# What the daemon needs on the machine it runs on.
need_runtime() {
    use_jdk17
    need "/usr/lib/$(uname -m)-linux-gnu/libbpf.so.1" libbpf1
}

# What a build needs: JDK, Maven, and the compiler and headers of the wrap.
need_build_tools() {
    use_jdk17
    need mvn maven clang clang /usr/include/bpf/bpf_helpers.h libbpf-dev /usr/include/xenstore.h libxen-dev "/usr/include/$(uname -m)-linux-gnu/asm/types.h" linux-libc-dev
}

# The daemon's jars, built when one is missing or older than a source.
build() {
    local stamp=$ROOT/target/built log=$ROOT/target/build.log
    need_runtime
    mkdir -p "$ROOT/target"
    exec 9>"$ROOT/target/build.lock"
    flock 9
    if [[ -e $stamp && -d $ROOT/ftcp-daemon/target/lib ]] &&
        compgen -G "$ROOT/ftcp-daemon/target/ftcp-daemon-*.jar" >/dev/null &&
        [[ -z $(find "$ROOT"/pom.xml "$ROOT"/ftcp-{core,xen,daemon}/{pom.xml,src/main} -newer "$stamp" -print -quit) ]]; then
        exec 9>&-
        return
    fi
    need_build_tools
    say "building (the first time, Maven fetches what it needs; log: $log)"
    touch "$stamp.new"
    if ! (cd "$ROOT" && mvn -B -ntp -DskipTests -pl ftcp-daemon -am package) >"$log" 2>&1 9>&-; then
        grep -m 5 '^\[ERROR\]' "$log" >&2 || tail -n 15 "$log" >&2
        fail "the build failed" "see $log"
    fi
    # A source that was written while Maven ran counts as newer.
    mv "$stamp.new" "$stamp"
    exec 9>&-
}
