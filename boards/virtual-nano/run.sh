#!/usr/bin/env bash
# Runs a bundle on a virtual board: Cortex-A57, four cores, 4 GB. See --help.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../debian.sh"

usage() {
  cat << 'HELP'
run.sh BUNDLE.tar.gz [--out FOLDER] [--memory MB] [--runs N] [--time-limit TIME] [--timeout SECONDS] [--suite NAME]

Boots Debian's kernel for arm64 in QEMU, as a machine with the processor core of the Jetson Nano (four Cortex-A57) and 4 GB
of memory, and runs on it what a bundle for linux-arm64 brings: installation, self-test and bench. Ends with 0 where all of it
worked, the labels are those of the bundle and the memory stays within the budget, and with 3 where not.

The times that it prints are those of an emulation. They mean nothing.

  --out FOLDER       where the results are written (virtual-nano by default): result.json, and what every command printed
  --memory MB        memory of the board (4096)
  --runs N           frames for the bench (10)
  --time-limit TIME  for the bench ("60 s")
  --timeout SECONDS  for everything (900)
  --suite NAME       the Debian release whose kernel and libraries the board has (bookworm; bullseye is the oldest that works)

Needed: qemu-system-aarch64, cpio, xz and bash 4; no root. Debian's packages are fetched once and kept in ~/.cache/niwaki
(NIWAKI_CACHE, or XDG_CACHE_HOME, say another place).
HELP
}

bundle='' out=virtual-nano memory=4096 runs=10 limit='60 s' timeout=900 suite=bookworm
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=${2:?--out takes a folder}; shift ;;
    --memory) memory=${2:?--memory takes a number of MB}; shift ;;
    --runs) runs=${2:?--runs takes a number}; shift ;;
    --time-limit) limit=${2:?--time-limit takes a time such as "60 s"}; shift ;;
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
[ -f "$bundle" ] || die "$bundle: there is no such file. 'niwaki bundle RUN --device devices/jetson-nano-4gb.json' writes one."
for number in "$memory" "$runs" "$timeout"; do
  [[ $number =~ ^[1-9][0-9]{0,6}$ ]] || die "'$number' was given where a number from 1 is needed."
done
need qemu-system-aarch64 qemu-system-arm cpio cpio tar tar gzip gzip timeout coreutils

# what the bundle says of itself; its files are checked on the board, by its own program
manifest=$(tar -xzOf "$bundle" bundle.json 2> /dev/null) || die "$bundle: is no bundle (it has no bundle.json), or damaged. Copy it again."
word() { sed -n "s/^  \"$1\": \"\([A-Za-z0-9._\/-]*\)\".*/\1/p" <<< "$manifest" | head -n 1; }
inner() { sed -n "s/^    \"$1\": \"\([^\"]*\)\".*/\1/p" <<< "$manifest" | head -n 1; }
platform=$(inner platform)
[ "$platform" = linux-arm64 ] || die "$bundle: is for ${platform:-an unknown platform}, but this board is linux-arm64. Make the bundle for a device such as devices/jetson-nano-4gb.json."
program=$(word program)
[ -n "$program" ] || die "$bundle: brings no program. Compile it with src/Niwaki.Edge/publish.sh linux-arm64, and make the bundle again."

cache=$(cache_root)/virtual-nano
debian_open "$suite" arm64
kernel=$(debian_apt apt-cache depends linux-image-cloud-arm64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$kernel" ] || die "Debian $suite has no linux-image-cloud-arm64."
debian_fetch "$cache/kernel-$suite" "$kernel"
debian_fetch "$cache/root-$suite" busybox-static libc6 libstdc++6 libgcc-s1 'libssl3|libssl1.1'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"/{bin,dev,lib,opt,proc,root,sys,tmp}
cp "$here/init" "$work/root/init"
chmod 755 "$work/root/init"
cp "$(find "$cache/root-$suite" -path '*/bin/busybox' -type f | head -n 1)" "$work/root/bin/busybox"
for library in ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libgcc_s.so.1 libstdc++.so.6 'libssl.so.*' 'libcrypto.so.*'; do
  find "$cache/root-$suite" -path '*aarch64*' -name "$library" -exec cp -L {} "$work/root/lib/" \;
done
cp -L "$bundle" "$work/root/bundle.tar.gz"
printf 'program=%q\nruns=%q\nlimit=%q\ninstall=%q\n' "$program" "$runs" "$limit" "${NIWAKI_BOARD_INSTALL:-yes}" > "$work/root/order"
(cd "$work/root" && find . -print0 | cpio --null --quiet -o -H newc) > "$work/initramfs"

echo "Booting Debian $suite (${kernel#linux-image-}) on 4 x Cortex-A57 with $memory MB, emulated …"
mkdir -p "$out"
begun=$(date +%s)
set +e
timeout "$timeout" qemu-system-aarch64 -M virt -cpu cortex-a57 -smp 4 -m "$memory" -accel tcg,thread=multi \
  -kernel "$(find "$cache/kernel-$suite/boot" -name 'vmlinuz-*')" -initrd "$work/initramfs" -append 'console=ttyAMA0 quiet loglevel=1 panic=-1' \
  -nodefaults -display none -monitor none -serial stdio -no-reboot < /dev/null 2> "$out/qemu.err" | sed -u 's/\r//g' | tee "$out/console.log" | grep --line-buffered -a '^board: '
status=${PIPESTATUS[0]}
set -e
took=$(($(date +%s) - begun))
[ "$status" != 124 ] || die "the board was not done after $timeout s (this machine is slow or busy): see $out/console.log, and give more with --timeout."
grep -q -a '^board: done' "$out/console.log" || { tail -n 20 "$out/console.log" "$out/qemu.err" >&2; die "the board stopped before it was done after $took s; all that it printed is in $out/console.log."; }

# a part arrives whole, or not at all
part='' sum=''
rm -f "$out"/*.{out,err,use,code}
while IFS= read -r line; do
  case $line in
    '@@@ '*) read -r _ part sum <<< "$line"; : > "$work/part" ;;
    '@@@')
      printf '%b' "$(tr -cd '0-9a-f' < "$work/part" | sed 's/../\\x&/g')" > "$out/$part"
      [ "$(sha256sum < "$out/$part" | cut -d' ' -f1)" = "$sum" ] || die "$part arrived damaged over the serial line. Run it again."
      part=''
      ;;
    *) [ -z "$part" ] || echo "$line" >> "$work/part" ;;
  esac
done < "$out/console.log"

failed=0
verdict() { if [ "$1" = pass ]; then echo "pass  $2"; else echo "FAIL  $2"; failed=1; fi; }
same() { [ "$1" = "$2" ] && echo pass || echo fail; }
code_of() { cat "$out/$1.code" 2> /dev/null || echo none; }
peak_of() { sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB$/\1/p' "$out/$1.use" 2> /dev/null; }
# a pass mark for the latency says nothing in an emulation: missing that one alone is no failure here
slow() { # STEP
  case $1 in
    install) [ "$(grep -o ' is [^;]*, but [^;]* is needed' "$out/install.err" | wc -l)" = 1 ] && grep -q 'self-test on this machine: engine latency' "$out/install.err" ;;
    selftest) [ "$(grep -c '"passed": false' "$out/selftest.out")" = 2 ] && grep -A3 '"what": "engine latency' "$out/selftest.out" | grep -q '"passed": false' ;;
    *) false ;;
  esac
}
for step in install selftest bench; do
  [ -f "$out/$step.code" ] || continue
  if [ "$(code_of "$step")" != 0 ] && slow "$step"; then
    echo "pass  $step: only the pass mark for the latency is missed, which an emulation cannot reach"
    continue
  fi
  verdict "$(same "$(code_of "$step")" 0)" "$step ends with $(code_of "$step")"
  [ "$(code_of "$step")" = 0 ] || head -n 20 "$out/$step.err" "$out/$step.out"
done
[ -f "$out/bench.code" ] || verdict fail "the bundle was not unpacked"
agreement=$(sed -n 's/^ *"agreement": \([0-9.eE+-]*\).*/\1/p' "$out/selftest.out" 2> /dev/null | head -n 1)
least=$(sed -n 's/^    "minAgreement": \([0-9.]*\),\{0,1\}$/\1/p' <<< "$manifest" | head -n 1)
least=${least:-0.999}
verdict "$(awk -v a="${agreement:-0}" -v l="$least" 'BEGIN { print (a >= l) ? "pass" : "fail" }')" "labels as where the bundle was made: ${agreement:-unknown} of the pixels (>= $least)"
profile=$(inner profile)
budget=$([ -z "$profile" ] || tar -xzOf "$bundle" "$profile" 2> /dev/null | sed -n 's/^ *"memoryForModel": "\{0,1\}\([0-9.]*\) *\([KMG]\{0,1\}i\{0,1\}B\{0,1\}\)"\{0,1\},\{0,1\}$/\1 \2/p' \
  | awk '{ u[""] = u["B"] = 1; u["MB"] = 1e6; u["GB"] = 1e9; u["MiB"] = 1048576; u["GiB"] = 1073741824; if ($2 in u || NF == 1) printf "%d", $1 * u[$2] / 1024 }')
[ -n "$budget" ] || verdict fail "the bundle's device profile names no memory for a model, so that none can be judged"
for step in selftest bench; do
  peak=$(peak_of "$step")
  [ -n "$peak" ] || verdict fail "peak memory of $step: the board told none"
  [ -z "$budget" ] || [ -z "$peak" ] || verdict "$([ "$peak" -le "$budget" ] && echo pass || echo fail)" "peak memory of $step: $((peak / 1024)) MiB (<= $((budget / 1024)) MiB, the device's profile)"
done
verdict "$([ -s "$out/kernel.out" ] && echo fail || echo pass)" "the kernel speaks of no crash and no shortage of memory"

json() { if [ -s "$1" ]; then cat "$1"; else echo null; fi; }
{
  printf '{\n"emulated": true,\n"note": "times are those of an emulation and mean nothing",\n"bundle": "%s",\n"sha256": "%s",\n' "$(basename "$bundle" | tr -cd 'A-Za-z0-9._-')" "$(sha256sum < "$bundle" | cut -d' ' -f1)"
  printf '"kernel": "%s",\n"suite": "%s",\n"seconds": %d,\n"passed": %s,\n"agreement": %s,\n' "$kernel" "$suite" "$took" "$([ "$failed" = 0 ] && echo true || echo false)" "${agreement:-null}"
  printf '"peakKiB": { "install": %s, "selftest": %s, "bench": %s },\n' "$(peak_of install | grep . || echo null)" "$(peak_of selftest | grep . || echo null)" "$(peak_of bench | grep . || echo null)"
  printf '"selftest": %s,\n"bench": %s\n}\n' "$(json "$out/selftest.out")" "$(json "$out/bench.out")"
} > "$out/result.json.partial"
mv "$out/result.json.partial" "$out/result.json"
echo "All of it took $took s, emulated. $out/result.json has the rest."
[ "$failed" = 0 ] || exit 3
