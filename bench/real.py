"""What keeping the way back adds to an update of fifty packages of Debian, fetched as a Pi fetches them."""

from lab import Build, Lab
from measure import NotMeasured, Ran, alternating, say
from packages import INSTALL, Packages, pairs, without
from report import Row

SENTENCE = "an update of fifty real packages beside plain apt-get, a Pi's first one and a later one, and the way back"
TRIES = 3

DEVICE = "pi-1"
SUITE = "bookworm"

# Newer in the security archive or the updates than in the point release, each of them, when this was written; which
# still are is asked anew. Packages that must have one version are all named; no two listen at one port.
NAMES = """
    bind9-dnsutils bind9-host bind9-libs ca-certificates ghostscript haproxy imagemagick imagemagick-6-common
    imagemagick-6.q16 jq libarchive-tools libarchive13 libexpat1 libgs-common libgs10 libgs10-common libjq1 liblzma5
    libmagickcore-6.q16-6 libmagickwand-6.q16-6 libpcre2-8-0 libperl5.36 libpoppler126 libpython3.11-minimal
    libpython3.11-stdlib libssl3 memcached nginx nginx-common openssl perl perl-base perl-modules-5.36 php8.2-cli
    php8.2-common php8.2-mbstring php8.2-opcache php8.2-readline php8.2-xml poppler-utils python3.11
    python3.11-minimal redis-server redis-tools rsync rsyslog tzdata unzip xz-utils zip""".split()

# Fewer would be another benchmark.
LEAST = 40

UPDATE = (
    "{count} packages of Debian {suite}, {megabytes:.1f} MB to fetch over the lab's network on both sides, lists not "
    "refreshed. From Start to the receipt: the old .debs kept, the state recorded before and after, the gate, the checks. "
    "The first update has an empty vault and fetches the old .debs besides; the later one, after a way back, has them. "
    "The goal is 10 % more than apt-get alone."
)
BACK = "Of the later update and beside it, the archive switched off: all .debs come from the vault."


def run(build: Build, tries: int) -> list:
    with Lab(build, devices=1, suite=SUITE) as lab:
        packages = prepare(lab)
        note = UPDATE.format(count=len(packages.newer), suite=SUITE, megabytes=megabytes_to_fetch(packages))
        ways = {
            "framboise": lambda: there_and_back_twice(packages),
            "apt-get install": lambda: plain(packages),
        }
        results = alternating(tries or TRIES, ways, words)
    first, later, back = (times(results["framboise"], name) for name in ("first", "later", "back"))
    theirs = [ran.seconds for ran in results["apt-get install"]]
    peer, count = "apt-get install alone", len(packages.newer)
    states = {"states": results["framboise"]}
    return [
        Row(f"first update of {count} real packages", "s", first, peer, theirs, note=note, details=states).at_most(1.1),
        Row(f"later update of {count} real packages", "s", later, peer, theirs, note=note).at_most(1.1),
        Row(f"way back of {count} real packages", "s", back, "the later update", later, note=BACK).at_most(1),
    ]


def times(cycles: list, name: str) -> list:
    return [cycle[name]["ended"] for cycle in cycles]


def words(result: object) -> str:
    if isinstance(result, Ran):
        return f"{result.seconds:.2f} s"
    return ", ".join(f"{name} {states['ended']:.2f} s" for name, states in result.items())


def prepare(lab: Lab) -> Packages:
    """A device with the older versions, and an archive with both."""
    say("real: fetching the packages")
    for archive in ("newest", "release"):
        lab.lab("archive", "add", "--from", archive, *NAMES, limit_seconds=1800)
    lab.inside(DEVICE, "apt-get", "-qq", "update", limit_seconds=300)
    older, newer = two_versions(lab)
    if len(newer) < LEAST:
        raise NotMeasured(f"only {len(newer)} packages have two versions just now: NAMES in bench/real.py needs others")
    packages = Packages(lab, DEVICE, older, newer)
    say(f"real: installing the older versions of {len(older)} packages")
    packages.inside(f"{INSTALL} {' '.join(pairs(older))}")
    packages.expect(older)
    alone(packages)
    packages.remember()
    return packages


def two_versions(lab: Lab) -> tuple:
    """The oldest and the newest that the archive has, of packages with both."""
    versions = {}
    # libssl3 | 3.0.22-1~deb12u2 | http://archive.lab/debian bookworm/main amd64 Packages
    for line in lab.inside(DEVICE, "apt-cache", "madison", *NAMES).output.splitlines():
        name, version, _ = (field.strip() for field in line.split("|"))
        versions.setdefault(name, []).append(version)
    # The newest comes first.
    several = {name: found for name, found in versions.items() if found[0] != found[-1]}
    return {name: found[-1] for name, found in several.items()}, {name: found[0] for name, found in several.items()}


def alone(packages: Packages) -> None:
    """Nothing else may come or go with them, or the way back by plain apt-get would be another one."""
    steps = packages.inside(f"{INSTALL} --simulate {' '.join(pairs(packages.newer))}").output.splitlines()
    touched = {line.split()[1] for line in steps if line.startswith(("Inst ", "Remv "))}
    besides = sorted(touched ^ set(packages.newer))
    if besides:
        raise NotMeasured(f"others come or go with these packages: NAMES in bench/real.py needs {' '.join(besides)} too")


def megabytes_to_fetch(packages: Packages) -> float:
    # 'http://archive.lab/debian/pool/x_1.0_all.deb' x_1.0_all.deb 1234 SHA256:…
    script = f"rm -f /var/cache/apt/archives/*.deb\n{INSTALL} --print-uris {' '.join(pairs(packages.newer))}"
    lines = packages.inside(script).output.splitlines()
    return sum(int(line.split()[2]) for line in lines if line.startswith("'")) / 1e6


def there_and_back_twice(packages: Packages) -> dict:
    packages.reset()
    first = packages.update()
    first_back = back(packages)
    packages.forget_newer()
    later = packages.update()
    return {"first": first, "back of it": first_back, "later": later, "back": back(packages)}


def back(packages: Packages) -> dict:
    lab = packages.lab
    with without(lambda: lab.lab("archive", "off"), lambda: lab.lab("archive", "on")):
        return packages.roll_back()


def plain(packages: Packages) -> Ran:
    packages.reset()
    return packages.install_newer()
