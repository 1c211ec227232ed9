#!/usr/bin/env bash
# Makes the program for the board: native code, no .NET there. See --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/boards/debian.sh"

usage() {
  cat << 'HELP'
publish.sh [linux-arm64] [linux-x64] [--out FOLDER] [--sysroot FOLDER|host] [--suite NAME]

Compiles niwaki-edge ahead of time and puts it, with the two native libraries that it needs, into FOLDER/linux-arm64 or
FOLDER/linux-x64 (artifacts/edge by default). Both are made where none is named. A warning of the trimmer or of the
native compiler is an error.

  --suite NAME     the Debian release whose C library it is linked with: it runs there and on everything newer
                   (bullseye by default, glibc 2.31: Ubuntu 20.04 with JetPack 5 and later, Raspberry Pi OS 11 and later)
  --sysroot FOLDER links with the C library in that folder instead; 'host' takes the machine's own, or its cross compiler's
                   (gcc-aarch64-linux-gnu and libc6-dev-arm64-cross for linux-arm64)

Needed: clang, lld and llvm. Packages for linking are fetched from Debian without root, and kept in ~/.cache/niwaki
(NIWAKI_CACHE, or XDG_CACHE_HOME, say another place).
HELP
}

rids=() out=$root/artifacts/edge sysroot='' suite=bullseye
while [ $# -gt 0 ]; do
  case $1 in
    linux-arm64 | linux-x64) rids+=("$1") ;;
    --out) out=$(realpath -m "${2:?--out takes a folder}"); shift ;;
    --sysroot) sysroot=${2:?--sysroot takes a folder, or host}; shift ;;
    --suite) suite=${2:?--suite takes the name of a Debian release}; shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; die "'$1' was not expected." ;;
  esac
  shift
done
[ ${#rids[@]} -gt 0 ] || rids=(linux-arm64 linux-x64)
need dotnet dotnet-sdk-10.0 clang clang ld.lld lld llvm-objcopy llvm llvm-readelf llvm

# libraries and start files to link with; links inside are made relative, or they would lead to this machine's own
sysroot_of() {
  local arch=$1 folder
  debian_open "$suite" "$arch"
  folder=$(cache_root)/sysroot/$suite-$arch
  debian_fetch "$folder" libc6 libc6-dev linux-libc-dev libgcc-s1 'libgcc-10-dev|libgcc-12-dev|libgcc-14-dev' zlib1g zlib1g-dev
  find "$folder" -type l -lname '/*' | while read -r link; do
    ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$folder$(readlink "$link")")" "$link"
  done
  echo "$folder"
}

for rid in "${rids[@]}"; do
  arch=arm64
  [ "$rid" = linux-arm64 ] || arch=amd64
  options=(-p:LinkerFlavor=lld -p:ObjCopyName=llvm-objcopy)
  case $sysroot in
    host)
      [ "$rid" != linux-arm64 ] || [ "$(uname -m)" = aarch64 ] || need aarch64-linux-gnu-gcc "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
      ;;
    '')
      libraries=$(sysroot_of "$arch") || exit 1
      options+=("-p:SysRoot=$libraries")
      ;;
    *)
      [ -d "$sysroot" ] || die "$sysroot: there is no such folder."
      options+=("-p:SysRoot=$(realpath "$sysroot")")
      ;;
  esac

  # a folder of its own for what is built between, or the build for this machine would have to start again
  work=$root/artifacts/publish/$rid
  log=$work.log
  mkdir -p "$work"
  rm -rf "$work"/obj/Niwaki.Edge/release_"$rid"/native "$work/out"
  echo "Compiling niwaki-edge for $rid …"
  dotnet publish "$here/Niwaki.Edge.csproj" -c Release -r "$rid" --self-contained --artifacts-path "$work" -o "$work/out" -v q --nologo \
    -p:TrimmerSingleWarn=false -p:IlcTreatWarningsAsErrors=true -p:ILLinkTreatWarningsAsErrors=true -p:CreateSymbolicLinksForCopyLocalIfPossible=false \
    "${options[@]}" > "$log" 2>&1 || { cut -c1-500 "$log" >&2; die "niwaki-edge could not be compiled for $rid; all of it is in $log."; }
  warnings=$(grep -cE 'warning (IL|AOT)[0-9]+' "$log" || true)
  [ "$warnings" = 0 ] || { grep -E 'warning (IL|AOT)[0-9]+' "$log" | cut -c1-500 >&2; die "$warnings warnings of the trimmer or the native compiler."; }

  folder=$out/$rid
  rm -rf "$folder.partial"
  mkdir -p "$folder.partial"
  cp "$work/out/niwaki-edge" "$work/out/libonnxruntime.so" "$work/out/libSkiaSharp.so" "$folder.partial/"
  chmod 755 "$folder.partial/niwaki-edge"
  chmod 644 "$folder.partial"/*.so
  rm -rf "$folder"
  mv "$folder.partial" "$folder"
  glibc=$(for file in "$folder"/*; do llvm-readelf -V "$file" | grep -oE 'GLIBC_[0-9.]+'; done | sort -Vu | tail -n 1)
  for file in "$folder"/*; do
    printf '  %-20s %6.1f MB\n' "$(basename "$file")" "$(($(stat -c %s "$file") / 10000))e-2"
  done
  echo "$folder: $(($(cat "$folder"/* | wc -c) / 1000000)) MB, needs ${glibc/_/ } or newer; no trimming or native warnings."
done
