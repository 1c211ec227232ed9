#!/usr/bin/env bash
# Runs a bundle with a camera: a virtual one of the kernel's, in a virtual machine. See --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../debian.sh"

usage() {
  cat << 'HELP'
run.sh BUNDLE.tar.gz [--out FOLDER] [--limit FRAMES] [--memory MB] [--timeout SECONDS] [--suite NAME]

Boots Debian's kernel for amd64 in QEMU, loads its virtual camera (vivid, a V4L2 driver with a test picture), and lets the program of a
bundle for linux-x64 label what comes from /dev/video0 through ffmpeg. Ends with 0 where as many frames as were asked for came back as
lines of JSON and the program ended well when it was asked to, and with 3 where not.

  --out FOLDER       where the results are written (virtual-camera by default): lines (JSON), overlay.jpg (the last frame), err, console.log
  --limit FRAMES     labelled frames (12)
  --memory MB        memory of the machine (2048)
  --timeout SECONDS  for everything (600)
  --suite NAME       the Debian release whose kernel boots (bookworm)

Needed: qemu-system-x86_64, ffmpeg, cpio and bash 4; no root. ffmpeg and its libraries are this machine's own. Debian's kernel
is fetched once and kept in ~/.cache/niwaki (NIWAKI_CACHE, or XDG_CACHE_HOME, say another place).
HELP
}

bundle='' out=virtual-camera limit=12 memory=2048 timeout=600 suite=bookworm
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=${2:?--out takes a folder}; shift ;;
    --limit) limit=${2:?--limit takes a number of frames}; shift ;;
    --memory) memory=${2:?--memory takes a number of MB}; shift ;;
    --timeout) timeout=${2:?--timeout takes a number of seconds}; shift ;;
    --suite) suite=${2:?--suite takes the name of a Debian release}; shift ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; die "'$1' was not expected." ;;
    *)
      [ -z "$bundle" ] || die "two bundles were given: $bundle and $1."
      bundle=$1
      ;;
  esac
  shift
done
[ -n "$bundle" ] || { usage >&2; exit 2; }
[ -f "$bundle" ] || die "$bundle: there is no such file. 'niwaki bundle RUN --device devices/x86-64.json' writes one."
for number in "$limit" "$memory" "$timeout"; do
  [[ $number =~ ^[1-9][0-9]{0,6}$ ]] || die "'$number' was given where a number from 1 is needed."
done
need qemu-system-x86_64 qemu-system-x86 ffmpeg ffmpeg cpio cpio tar tar gzip gzip timeout coreutils

manifest=$(tar -xzOf "$bundle" bundle.json 2> /dev/null) || die "$bundle: is no bundle (it has no bundle.json), or damaged. Copy it again."
platform=$(sed -n 's/^    "platform": "\([^"]*\)".*/\1/p' <<< "$manifest" | head -n 1)
[ "$platform" = linux-x64 ] || die "$bundle: is for ${platform:-an unknown platform}, but this machine is linux-x64. Make the bundle for devices/x86-64.json."
program=$(sed -n 's/^  "program": "\([A-Za-z0-9._\/-]*\)".*/\1/p' <<< "$manifest" | head -n 1)
[ -n "$program" ] || die "$bundle: brings no program. Compile it with src/Niwaki.Edge/publish.sh linux-x64, and make the bundle again."

cache=$(cache_root)/virtual-camera
debian_open "$suite" amd64
# the kernel for clouds has no cameras
kernel=$(debian_apt apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || die "Debian $suite has no linux-image-amd64."
debian_fetch "$cache/kernel-$suite" "$kernel"
debian_fetch "$cache/root-$suite" busybox-static

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"/{bin,dev,lib,proc,root,sys,tmp}
cp "$here/init" "$work/root/init"
chmod 755 "$work/root/init"
cp "$(find "$cache/root-$suite" -path '*/bin/busybox' -type f | head -n 1)" "$work/root/bin/busybox"
(cd "$cache/kernel-$suite" && find lib/modules -path '*/kernel/drivers/media/*' \( -path '*/mc/*' -o -path '*/v4l2-core/*' -o -path '*/common/v*' -o -path '*/cec/core/*' -o -path '*/rc/rc-core.ko*' -o -path '*/vivid/*' \) -name '*.ko*' -print0 | cpio --null --quiet -pdm "$work/root")
# ffmpeg, the bundle's program and the libraries that they are linked with, under the paths that they name
mkdir "$work/bundle"
tar -xzf "$bundle" -C "$work/bundle"
cp "$(command -v ffmpeg)" "$work/root/bin/ffmpeg"
{ ldd "$(command -v ffmpeg)"; find "$work/bundle/bin" -type f -exec ldd {} \; 2> /dev/null; ls /lib/x86_64-linux-gnu/lib{ssl,crypto}.so.[0-9]* | sed 's/^/=> /'; } \
  | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/lib64[^ ]*\).*/\1/p' | sort -u | while read -r library; do
  case $library in
    "$work"/*) ;;
    */ld-linux-x86-64.so.2) mkdir -p "$work/root/lib64" && cp -L "$library" "$work/root/lib64/" ;;
    *) cp -L "$library" "$work/root/lib/" ;;
  esac
done
cp -L "$bundle" "$work/root/bundle.tar.gz"
printf 'program=%q\nlimit=%q\n' "$program" "$limit" > "$work/root/order"
(cd "$work/root" && find . -print0 | cpio --null --quiet -o -H newc) > "$work/initramfs"

echo "Booting Debian $suite (${kernel#linux-image-}) with a virtual camera, emulated …"
mkdir -p "$out"
rm -f "$out"/{lines,out,err,code,machine,overlay.jpg}
begun=$(date +%s)
set +e
timeout "$timeout" qemu-system-x86_64 -M q35 -cpu max -smp 2 -m "$memory" -accel tcg,thread=multi \
  -kernel "$(find "$cache/kernel-$suite/boot" -name 'vmlinuz-*')" -initrd "$work/initramfs" -append 'console=ttyS0 quiet loglevel=1 panic=-1' \
  -nodefaults -display none -monitor none -serial stdio -serial "file:$work/results" -no-reboot < /dev/null 2> "$out/qemu.err" | sed -u 's/\r//g' | tee "$out/console.log" | grep --line-buffered -a '^camera: '
status=${PIPESTATUS[0]}
set -e
took=$(($(date +%s) - begun))
[ "$status" != 124 ] || die "the machine was not done after $timeout s (this one is slow or busy): see $out/console.log, and give more with --timeout."
grep -q -a '^camera: done' "$out/console.log" || { tail -n 20 "$out/console.log" "$out/qemu.err" >&2; die "the machine stopped before it was done after $took s; all that it printed is in $out/console.log."; }

# each part behind a line with its name and length
offset=0
while header=$(tail -c "+$((offset + 1))" "$work/results" | head -n 1 | tr -d '\0') && [[ $header =~ ^'@@@ '([a-z.]+)' '([0-9]+)$ ]]; do
  part=${BASH_REMATCH[1]} size=${BASH_REMATCH[2]}
  offset=$((offset + ${#header} + 1))
  tail -c "+$((offset + 1))" "$work/results" | head -c "$size" > "$out/$part"
  offset=$((offset + size + 1))
done
cat "$out/machine"
came=$(grep -c '"areas"' "$out/lines" || true)
# 130: interrupted, as it was asked to
if [ "$(cat "$out/code")" = 130 ] && [ "$came" -ge "$limit" ]; then
  echo "pass  $came frames of /dev/video0 were labelled in $took s; $out/lines has them"
else
  echo "FAIL  $came of $limit frames came back, and the program ended with $(cat "$out/code")"
  head -n 20 "$out/err" "$out/out"
  exit 3
fi
