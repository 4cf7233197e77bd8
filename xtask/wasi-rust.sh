#!/usr/bin/env bash
# Prints the folder of a Rust toolchain that has std for wasm32-wasip2.
#
# The installed toolchain is used if it has the target (`rustup target add wasm32-wasip2`). Otherwise one is made,
# once, from Debian's packages and crates.io: rustc-web with its sources, LLVM and wasi-libc, laid out as a toolchain
# folder, std built in it. Nothing outside $WASI_RUST_PREFIX is changed and nothing is fetched from rustup.
# It downloads 132 MB, takes one to two minutes and 500 MB of disk.
#
# WASI_RUST_PREFIX   where it is made         (default: <user cache>/monshyflow/wasi-rust)
# WASI_RUST_TARGETS  what std is built for    (default: wasm32-wasip2; wasm32-wasip1 may be added)
# WASI_RUST_FORCE=1  make it although the installed toolchain has the target
# WASI_RUST_KEEP=1   keep the packages and the build folder
set -euo pipefail

prefix=${WASI_RUST_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/monshyflow/wasi-rust}
targets=${WASI_RUST_TARGETS:-wasm32-wasip2}
host=x86_64-unknown-linux-gnu
toolchain=$prefix/toolchain

say() { echo "wasi-rust: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
has_std() { compgen -G "$1/lib/rustlib/$2/lib/libstd-*.rlib" >/dev/null; }
has_every_std() {
  local target
  for target in $targets; do has_std "$1" "$target" || return 1; done
}
is_complete() {
  [ -f "$toolchain/versions" ] && [ -x "$toolchain/lib/rustlib/$host/bin/rust-lld" ] && has_every_std "$toolchain" &&
    "$toolchain/bin/rustc" -V >/dev/null
}

installed=$(rustc --print sysroot) # its cargo, rust-lld and wasm-component-ld are linked into the private toolchain
if [ -z "${WASI_RUST_FORCE:-}" ] && has_every_std "$installed"; then
  echo "$installed"
  exit
fi

mkdir -p "$prefix"
exec 9>"$prefix/lock"
if ! flock --nonblock 9; then
  say "another process makes the toolchain: waiting for it"
  flock 9
fi
if is_complete; then
  echo "$toolchain"
  exit
fi

exec 3>&1 1>&2
say "this Rust has no target wasm32-wasip2: making a private toolchain in $prefix"
say "(once, about 132 MB to download and two minutes; to avoid it: rustup target add wasm32-wasip2)"
[ "$(rustc -vV | sed -n 's/^host: //p')" = $host ] ||
  fail "a private toolchain can be made on $host only. Add the target: rustup target add wasm32-wasip2"
for tool in apt-get apt-cache dpkg-deb tar awk; do
  command -v $tool >/dev/null ||
    fail "\`$tool\` is missing: not a Debian machine? Add the target: rustup target add wasm32-wasip2"
done
for tool in rust-lld wasm-component-ld; do
  [ -x "$installed/lib/rustlib/$host/bin/$tool" ] ||
    fail "$installed has no $tool: use a toolchain of rustup's, 1.95 or newer"
done

# 1. a private apt, so that the system's package state and sources stay as they are
rm -rf "$prefix"/{apt,deb,x,build,toolchain}
mkdir -p "$prefix"/{apt/lists/partial,apt/cache/archives/partial,apt/d,deb,x}
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r $keys ] || fail "$keys is missing: apt-get install debian-archive-keyring"
mirror() { apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | awk -v release="$1" '$2==release{u=$1} END{print u}'; }
main=$(mirror bookworm)
security=$(mirror bookworm-security)
[ -n "$main" ] && [ -n "$security" ] ||
  fail "no Debian 12 package sources here (bookworm and bookworm-security). Add the target: rustup target add wasm32-wasip2"
: >"$prefix/apt/status"
printf 'deb [signed-by=%s] %s %s main\n' $keys "$security" bookworm-security $keys "$main" trixie-backports \
  >"$prefix/apt/sources.list"
cat >"$prefix/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$prefix/apt/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "$prefix/apt/d";
Dir::State::lists "$prefix/apt/lists"; Dir::State::status "$prefix/apt/status"; Dir::Cache "$prefix/apt/cache";
APT::Architecture "amd64"; Acquire::Languages "none"; Acquire::Retries "3"; APT::Sandbox::User "root";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false"; Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
CONF
export APT_CONFIG=$prefix/apt/apt.conf
say "1/4 reading package lists"
apt-get -qq update || fail "the package lists could not be read: is the network there?"
version=$(apt-cache madison rustc-web | awk -F'[| ]+' 'NR==1{print $3}') # such as 1.96.0+dfsg1-1~deb12u2
[ -n "$version" ] || fail "bookworm-security has no rustc-web. Add the target: rustup target add wasm32-wasip2"
minor=$(cut -d. -f1,2 <<<"$version")
llvm=$(apt-cache show "libstd-rust-web-$minor=$version" |
  awk 'match($0,/libllvm[0-9]+/){l=substr($0,RSTART,RLENGTH)} END{print l}')
say "2/4 downloading rustc-web $version, $llvm, wasi-libc"
(cd "$prefix/deb" && apt-get -qq download "rustc-web=$version" "libstd-rust-web-$minor=$version" \
  "libstd-rust-web-dev=$version" "rust-web-src=$version" "$llvm/bookworm-security" wasi-libc/trixie-backports) ||
  fail "the packages could not be downloaded: is the network there?"
unset APT_CONFIG

# 2. laid out as a toolchain folder
say "3/4 unpacking"
for package in "$prefix"/deb/*.deb; do
  case $package in
  */rust-web-src_*) dpkg-deb --fsys-tarfile "$package" | tar -xC "$prefix/x" --wildcards './usr/src/rustc-*/library/*' ;;
  *) dpkg-deb -x "$package" "$prefix/x" ;;
  esac
done
mkdir -p "$toolchain/bin" "$toolchain/lib/rustlib/$host"
mv "$prefix"/x/usr/lib/x86_64-linux-gnu/lib{rustc_driver-,LLVM}* "$toolchain/lib/"
mv "$prefix/x/usr/lib/rustlib/$host/lib" "$toolchain/lib/rustlib/$host/lib"
ln -s "$installed/lib/rustlib/$host/bin" "$toolchain/lib/rustlib/$host/bin" # rust-lld, gcc-ld/wasm-ld, wasm-component-ld
ln -s "$installed/bin/cargo" "$toolchain/bin/cargo"
for binary in rustc rustdoc; do
  mv "$prefix/x/usr/bin/$binary" "$toolchain/bin/.$binary"
  printf '#!/bin/sh\nLD_LIBRARY_PATH="%s${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "%s" "$@"\n' \
    "$toolchain/lib" "$toolchain/bin/.$binary" >"$toolchain/bin/$binary"
  chmod +x "$toolchain/bin/$binary"
done
if ! "$toolchain/bin/rustc" -V; then
  # LLVM's own libraries (libxml2, libedit, z3 ...) come with Debian's package of it.
  if [ "$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root=sudo; else
    fail "libraries are missing. As root: apt-get update && apt-get install -y --no-install-recommends $llvm"
  fi
  say "libraries are missing: installing Debian's $llvm with its dependencies"
  $as_root apt-get -qq update
  $as_root apt-get -qq install -y --no-install-recommends "$llvm"
  "$toolchain/bin/rustc" -V || fail "the private rustc does not start"
fi

# 3. std for each target, as Rust's own bootstrap builds the std that rustup ships
source=$(echo "$prefix"/x/usr/src/rustc-*/library)
for target in $targets; do
  say "4/4 building std for $target (about a minute)"
  case $target in
  *-wasip*) libc=$prefix/x/usr/lib/$target flags="-L native=$prefix/x/usr/lib/$target" ;;
  *) libc='' flags='' ;;
  esac
  RUSTC_BOOTSTRAP=1 RUSTC=$toolchain/bin/rustc RUSTUP_TOOLCHAIN=$toolchain CARGO_TARGET_DIR=$prefix/build \
    CARGO_INCREMENTAL=0 __CARGO_DEFAULT_LIB_METADATA=wasi-rust \
    RUSTFLAGS="-Zforce-unstable-if-unmarked --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$prefix=/wasi-rust --remap-path-prefix=$source=/rustc/$version/library $flags" \
    "$toolchain/bin/cargo" build -q --locked --manifest-path "$source/sysroot/Cargo.toml" --target "$target" \
    --profile dist --features "panic-unwind backtrace" || fail "std could not be built"
  library=$toolchain/lib/rustlib/$target/lib
  mkdir -p "$library"
  cp "$prefix/build/$target"/dist/deps/*.rlib "$library/"
  if [ -n "$libc" ]; then
    mkdir "$library/self-contained"
    cp "$libc"/{crt1-command.o,crt1-reactor.o,libc.a} "$library/self-contained/"
  fi
done
(cd "$prefix/deb" && ls) >"$toolchain/versions" # written last: the mark of a complete toolchain
if [ -z "${WASI_RUST_KEEP:-}" ]; then rm -rf "$prefix"/{x,build,deb,apt}; fi
say "done: $toolchain"
echo "$toolchain" >&3
