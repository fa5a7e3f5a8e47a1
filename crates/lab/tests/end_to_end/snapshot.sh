# Prints all that a rollback promises to bring back, and more, as dpkg, apt, systemd and the file system have it.
set -eu
paths=
for path in /boot /etc /usr /var/lib/dpkg/alternatives /var/lib/dpkg/info /var/lib/dpkg/triggers /var/lib/dpkg/updates \
	/var/lib/dpkg/diversions /var/lib/dpkg/statoverride /var/lib/systemd/deb-systemd-helper-enabled \
	/var/lib/systemd/deb-systemd-helper-masked /var/lib/systemd/deb-systemd-user-helper-enabled \
	/var/lib/systemd/deb-systemd-user-helper-masked /var/lib/ucf; do
	[ ! -e "$path" ] || paths="$paths $path"
done
echo '== status'
cat /var/lib/dpkg/status
echo '== lines dpkg-query'
dpkg-query --show --showformat '${binary:Package} ${Version} ${db:Status-Want} ${db:Status-Eflag} ${db:Status-Status}\n'
for mark in auto manual hold; do
	echo "== lines apt-mark $mark"
	apt-mark "show$mark"
done
echo '== paths'
find $paths -printf '%p\t%y %m %U:%G\t%l\t%s %C@\n'
echo '== pairs'
getcap -r /usr | sed 's/ /\tcapability /'
echo '== lines service'
systemctl list-units --type=service --state=running,activating,failed --plain --no-legend --full |
	sed -E 's/ +/ /g; s/ $//'
