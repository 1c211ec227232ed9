# Sourced, not run: brings packages of a Debian release for any architecture into a folder, without root and without touching the system's
# own package lists. apt checks Debian's signatures as it always does.

cache_root() { echo "${NIWAKI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/niwaki}"; }

die() { echo "$0: $*" >&2; exit 1; }

# need PROGRAM PACKAGE [PROGRAM PACKAGE …]: says all that is missing, and how to install it
need() {
  local programs=() packages=()
  while [ $# -gt 0 ]; do
    command -v "$1" > /dev/null || { programs+=("$1"); packages+=("$2"); }
    shift 2
  done
  [ ${#programs[@]} -eq 0 ] || die "${programs[*]} not found. On Debian: sudo apt-get install --no-install-recommends $(printf '%s\n' "${packages[@]}" | sort -u | tr '\n' ' ')"
}

# the mirror that this machine's own apt uses
debian_mirror() {
  local site=${DEBIAN_MIRROR:-}
  [ -n "$site" ] || site=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(SITE)' 2> /dev/null | sed -n 's/^Debian Debian //p' | head -n 1)
  [ -n "$site" ] || die "this machine's apt names no Debian mirror. Set DEBIAN_MIRROR to the address of one (it ends with /debian)."
  echo "${site%/}"
}

# debian_open SUITE ARCH: points apt at a folder of its own; lists older than a week are fetched again
debian_open() {
  need apt-get apt dpkg-deb dpkg
  local suite=$1 arch=$2 mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -f "$keys" ] || die "$keys is not there, and nothing can be checked without it. Install debian-archive-keyring."
  mirror=$(debian_mirror)
  apt_root=$(cache_root)/apt/$suite-$arch
  mkdir -p "$apt_root"/{lists/partial,archives/partial}
  touch "$apt_root/status"
  cat > "$apt_root/apt.conf" << CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "";
Dir::State::lists "$apt_root/lists";
Dir::State::status "$apt_root/status";
Dir::Cache "$apt_root";
Dir::Etc::sourcelist "$apt_root/sources.list";
Dir::Etc::sourceparts "-";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Languages "none";
CONF
  local line="deb [signed-by=$keys] $mirror $suite main"
  if [ ! -f "$apt_root/fetched" ] || [ "$(cat "$apt_root/sources.list" 2> /dev/null)" != "$line" ] || [ -n "$(find "$apt_root/fetched" -mtime +7)" ]; then
    echo "$line" > "$apt_root/sources.list"
    echo "Fetching the package list of Debian $suite for $arch …" >&2
    if debian_apt apt-get -q -o APT::Update::Error-Mode=any update > "$apt_root/log" 2>&1; then
      touch "$apt_root/fetched"
    elif [ -f "$apt_root/fetched" ]; then
      echo "It could not be fetched; the one of $(date -r "$apt_root/fetched" +%F) is used." >&2
    else
      sed 's/^/  /' "$apt_root/log" >&2
      die "the package list of Debian $suite for $arch could not be fetched from $mirror. Is the network there? An old release moves to Debian's archive: set DEBIAN_MIRROR to a mirror that has it."
    fi
  fi
}

debian_apt() { APT_CONFIG=$apt_root/apt.conf "$@"; }

# debian_first PACKAGE …: the first that the release has
debian_first() {
  local package
  for package in "$@"; do
    if [ -n "$(debian_apt apt-cache show "$package" 2> /dev/null)" ]; then
      echo "$package"
      return
    fi
  done
  die "Debian ${apt_root##*/} has none of: $*"
}

# debian_fetch FOLDER PACKAGE …: unpacks packages into a folder, which appears when it is whole. A package may be written A|B: the first
# that the release has
debian_fetch() {
  local folder=$1 names package packages=()
  shift
  names="$* $(cat "$apt_root/sources.list")"
  [ "$(cat "$folder/.packages" 2> /dev/null)" != "$names" ] || [ "$apt_root/fetched" -nt "$folder/.packages" ] || return 0
  for package in "$@"; do
    package=$(debian_first ${package//|/ }) || exit 1
    packages+=("$package")
  done
  rm -rf "$folder.partial"
  mkdir -p "$folder.partial/.debs"
  echo "Fetching ${packages[*]} …" >&2
  (cd "$folder.partial/.debs" && debian_apt apt-get -q download "${packages[@]}" > ../.log 2>&1) || { sed 's/^/  /' "$folder.partial/.log" >&2; die "packages could not be fetched; see above."; }
  for deb in "$folder.partial"/.debs/*.deb; do
    dpkg-deb -x "$deb" "$folder.partial"
  done
  rm -rf "$folder.partial/.debs" "$folder.partial/.log" "$folder"
  echo "$names" > "$folder.partial/.packages"
  mv "$folder.partial" "$folder"
}
