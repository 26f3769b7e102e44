# setup.sh: what chapters/run and tests/run share: install what is missing, configure, build, all quietly.
# Sourced by them in the root of the project. POSIX sh. What is said goes to standard error, so that the
# output of a program stays its own.

to_build='g++ cmake make libasio-dev'
: "${CMAKE_BUILD_PARALLEL_LEVEL:=$(getconf _NPROCESSORS_ONLN)}"
export CMAKE_BUILD_PARALLEL_LEVEL

say() { printf '%s\n' "$*" >&2; }

die() { say "$*"; exit 1; }

# quietly <command>...: its output is shown only when it fails, and then this is the end.
quietly() {
    output=$(mktemp)
    if ! "$@" >"$output" 2>&1; then
        cat "$output" >&2
        rm -f "$output"
        die "this failed: $*"
    fi
    rm -f "$output"
}

# ---- install

has_header() {
    printf '#if !__has_include(<%s>)\n#error missing\n#endif\n' "$1" |
        ${CXX:-g++} -std=c++20 -fsyntax-only -x c++ - 2>/dev/null
}

# Debian's Python is the one that sees Debian's python3-websockets.
debian_python() { if [ -x /usr/bin/python3 ]; then /usr/bin/python3 "$@"; else python3 "$@"; fi; }

# is_here <package>: asks for what the package brings, since that may have come another way.
is_here() {
    case $1 in
        g++) command -v "${CXX:-g++}" ;;
        libasio-dev) has_header asio.hpp ;;
        libboost-dev) has_header boost/beast.hpp ;;
        libwebsocketpp-dev) has_header websocketpp/server.hpp ;;
        libwebsockets-dev) has_header libwebsockets.h ;;
        util-linux) command -v taskset ;;
        catch2) has_header catch2/catch.hpp || has_header catch2/catch_all.hpp ;;
        nodejs) command -v node ;;
        clang) command -v clang++ ;;
        libclang-rt-*-dev) clang++ -fsanitize=fuzzer,address tests/fuzz/empty_target.cpp -o /dev/null ;;
        python3) debian_python -c 'pass' ;;
        python3-websockets) debian_python -c 'import websockets' ;;
        ca-certificates) [ -e /etc/ssl/certs/ca-certificates.crt ] ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# need <package>...: installs those that are missing. The names are Debian's.
need() {
    missing=
    for package; do
        case "$missing " in *" $package "*) continue ;; esac
        is_here "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0

    as_root=
    if ! command -v apt-get >/dev/null; then
        die "missing:$missing (Debian's names). Please install what your system calls them, then run this again."
    elif [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "missing:$missing. Please run as root: apt-get install$missing"
        as_root=sudo
    fi
    say "installing with apt-get:$missing"
    quietly $as_root apt-get update
    # Unquoted: one argument for each package.
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
    for package in $missing; do
        is_here "$package" || die "$package was installed, and still what it brings is not found"
    done
}

# libFuzzer, in the package that belongs to this version of clang.
need_fuzzer() {
    version=$(clang++ -dumpversion)
    need "libclang-rt-${version%%.*}-dev"
}

# The npm packages of the scripted tests, in tests/node_modules. Once installed they need no network.
need_npm_packages() {
    installed=tests/node_modules/installed.json
    if ! cmp -s tests/package-lock.json "$installed"; then
        say 'installing with npm: the packages in tests/package.json'
        quietly npm ci --prefix tests --ignore-scripts --no-audit --no-fund
        cp tests/package-lock.json "$installed"
    fi
}

# ---- build

# configure <folder> <VARIABLE=value>...: unless the folder already has these values.
configure() {
    folder=$1
    shift
    fresh=yes
    for option; do
        grep -q "^${option%%=*}:[A-Z]*=${option#*=}\$" "$folder/CMakeCache.txt" 2>/dev/null || fresh=
        set -- "$@" "-D$option"
        shift
    done
    if [ -z "$fresh" ] || ! [ -f "$folder/Makefile" -o -f "$folder/build.ninja" ]; then
        say "configuring $folder"
        quietly cmake -S . -B "$folder" "$@"
    fi
}

# build <folder> <target>...: says that it builds only when there is something to do, and on a terminal how
# far it is. The compiler's text is left in <folder>/build.log.
build() {
    folder=$1
    shift
    rm -f "$folder/built"
    { cmake --build "$folder" --target "$@" 2>&1 && : >"$folder/built"; } | {
        told=
        while IFS= read -r line; do
            printf '%s\n' "$line"
            case $line in *Building* | *Linking*) ;; *) continue ;; esac
            if [ -t 2 ]; then
                printf '\rbuilding %s %s' "$*" "${line%%]*}]" >&2
            elif [ -z "$told" ]; then
                say "building $*"
            fi
            told=yes
        done
        ! [ -t 2 ] || [ -z "$told" ] || say ''
    } >"$folder/build.log"
    [ -f "$folder/built" ]
}

must_build() {
    build "$@" && return
    cat "$1/build.log" >&2
    die "the build failed; the text above is in $1/build.log"
}

# ---- lessons

# chapter_of <lesson>: its folder. Ends with the list of the lessons when there is none of that number.
chapter_of() {
    number=${1#0}
    case $number in
        '' | *[!0-9]*) ;;
        *)
            for main in chapters/"$(printf '%02d' "$number")"-*/main.cpp; do
                [ -f "$main" ] && dirname "$main" && return
            done
            ;;
    esac
    say "there is no lesson $1. The lessons are:"
    for main in chapters/[0-9][0-9]-*/main.cpp; do
        [ -f "$main" ] && say "  $(basename "$(dirname "$main")")"
    done
    exit 2
}

# number_of <chapter>: chapters/04-framing is lesson 4.
number_of() {
    number=${1#chapters/}
    number=${number%%-*}
    printf '%s\n' "${number#0}"
}

# headers_of <lesson>: the names of the headers it introduces; of every lesson for `all`.
headers_of() {
    while read -r header lesson _; do
        case $header in '' | '#'*) continue ;; esac
        if [ "$lesson" = "$1" ] || [ "$1" = all ]; then printf '%s\n' "$header"; fi
    done <tests/support/headers.txt
}
